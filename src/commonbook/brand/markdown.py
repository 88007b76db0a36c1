"""A subset of Markdown as HTML that is safe to show: no HTML of the author's, no pictures, links alone. Rule AN-3.

What is written as HTML is shown as it stands there. Links are http, https, mailto, or paths of the same address.
"""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_LINK = re.compile(r"(https?://[^/\s]+([/?#]|$)|mailto:[^/\s]+@|/(?![/\\])|#)", re.IGNORECASE)


def render(text: str) -> str:
    return str(_MARKDOWN.render(text))


def is_safe_link(url: str) -> bool:
    """What a link may lead to; anything else is shown as text."""
    return _LINK.match(url) is not None and not re.search(r"[\x00-\x20\\]", url)


def _link(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, _: EnvType) -> str:
    """Whoever is led away is not told of: neither where from, nor with our good name."""
    tokens[index].attrSet("rel", "nofollow noopener noreferrer")
    return self.renderToken(tokens, index, options, _)


def _made() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    markdown.disable(["image", "html_block", "html_inline", "entity"]).enable(["table", "strikethrough"])
    markdown.validateLink = is_safe_link  # type: ignore[method-assign]
    markdown.add_render_rule("link_open", _link)
    return markdown


_MARKDOWN: Any = _made()
