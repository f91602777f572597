async ([rules]) => {
  const only = rules.length ? { type: "rule", values: rules } : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations"], elementRef: false });
  return found.violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 120)} ${node.any.map((one) => one.message).join("; ").slice(0, 160)}`));
}
