import pytest

from steward.knowhow.pages.masking import masked_markdown
from steward.lib.redact import Redactor

BEARER = "Authorization: Bearer abcdefghij1234567890" + "abcdef"
EVIL = "[x](https://evil.example)"


@pytest.fixture
def redactor() -> Redactor:
    found = Redactor()
    found.add("door", "hortensia77")
    return found


def test_text_without_a_secret_stays_as_it_is(redactor):
    text = "| `a` | b |\n| --- | --- |\n| `c` | [d](../services/d.md) |\n"
    assert masked_markdown(text, redactor.text) == text


@pytest.mark.parametrize(
    "text",
    [
        f"| `{BEARER}` | `{EVIL}` | `c` |",
        f"`{BEARER}` `{EVIL}` `x`\n- `{EVIL}`",
        f"is `hortensia77`, `{EVIL}`",
        f"is hortensia77 and `{EVIL}`",
        f"`door hortensia` `77` `{EVIL}`",
        f"`-----BEGIN RSA PRIVATE KEY-----`\n- `{EVIL}`\n- `-----END RSA PRIVATE KEY-----`",
        f"`password: hortensia77 x` `{EVIL}`",
    ],
)
def test_a_mask_never_sets_free_what_stands_between_backticks(redactor, text):
    masked = masked_markdown(text, redactor.text)
    assert "hortensia77" not in masked
    assert "abcdefghij1234567890" not in masked
    assert masked.count("`") % 2 == 0
    outside = "".join(masked.split("`")[::2])
    assert "evil" not in outside
    assert redactor.text(masked) == masked
