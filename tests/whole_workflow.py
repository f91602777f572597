"""A workflow that has every field there is, for tests that read and for fuzzing."""

WHOLE = """\
kind: Workflow
name: swap-disk
title: Swap a disk
goal: the pool is whole
onFailure: keep
inputs:
  disk: text
  rings: {type: list, says: in which order, default: [a, b]}
  key: {type: secret, default: secret://gateway}
preflight: ["on nas: [SETTINGS] > 1"]
invariants: ["[SETTINGS] > 0"]
steps:
  - id: stop
    command: unit.stop
    on: {groups: [web], has: [gpu], where: machine.name != "pi", batch: 2, stopAfter: 3}
    with: {unit: "${inputs.disk + '.service'}"}
    timeout: 5m
    until: '[SETTING a] == "x"'
    retry: {times: 3, wait: 10s, factor: 1.5, most: 1m}
    undo: {command: unit.start, with: {unit: nginx.service}}
    verify: ["[SETTINGS] > 1"]
    outputs: {version: {type: integer, pattern: "v([0-9]+)"}, rest: {pointer: /a/b}}
    onFailure: continue
  - id: swap
    needs: [stop]
    on: nas
    physical:
      instructions: Pull ${inputs.disk}
      part: a disk
      cost: 180 EUR
      link: https://example.org/disk
      picture: pictures/bay.jpg
      proof: ["[SETTINGS] > 2"]
      expires: 7d
      remind: 12h
      escalate: 1d
  - id: sure
    needs: [swap]
    when: ${steps.stop.outputs.version.exists(v, v > 3)}
    ask: {text: Go on?, who: owner, fields: {go: boolean, why: {choices: [a, b]}, n: {type: integer, most: 5}}}
  - {id: rest, needs: [sure], wait: 90s}
  - {id: night, needs: [rest], wait: {until: "02:30"}}
  - {id: quiet, needs: [night], on: nas, wait: {condition: "[SETTINGS] < 5", longest: 1h}}
  - {id: heard, needs: [quiet], wait: {event: run.verified, subject: nas}}
  - {id: other, needs: [heard], workflow: careful, forEach: inputs.rings, with: {ring: "${item}"}}
  - {id: told, needs: [other], http: {url: https://example.org/done}}
"""
"""Its readable lines are those of `steward.testing`."""
