"""Elements of HTML and SVG as text."""

import html

_FIX = {"class_": "class", "aria_label": "aria-label"}


def escaped(text: str) -> str:
    """A text that stands between tags."""
    return html.escape(text, quote=False)


def tag(name: str, *content: str, **attributes: object) -> str:
    """An element with this content, which is markup already. Underscores in names of attributes are hyphens."""
    given = "".join(
        f' {_FIX.get(key) or key.replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{given}>{''.join(content)}</{name}>"
