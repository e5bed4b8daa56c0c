"""What mkdocs does not do by itself: files outside docs/ that a page links become pages, and formulas become MathML.

Neither needs anything from another server when a page is read.
"""

import html
import re
from pathlib import Path
from posixpath import normpath

import latex2mathml.converter
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
OUTSIDE = re.compile(r"\]\((?:\.\./)+([^)#\s]+)")
"""A link from a page to a file of the repository that is not in docs/."""
LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for every linked file outside docs/, under repository/."""
    targets = {target for page in files.documentation_pages() for target in OUTSIDE.findall(page.content_string)}
    waiting, added = sorted(targets), set()
    while waiting:
        target = waiting.pop()
        if target in added or target.startswith("docs/") or not (ROOT / target).is_file():
            continue
        added.add(target)
        text = (ROOT / target).read_text(encoding="utf-8")
        if target.endswith(".md"):
            waiting += [normpath(f"{Path(target).parent.as_posix()}/{link}") for link in _local_links(text)]
            text = _rewritten(text, target)
        else:
            head = f"---\nsearch: {{exclude: true}}\n---\n\n# {target}\n\n"
            text = f"{head}````{LANGUAGES.get(Path(target).suffix, 'text')}\n{text}\n````\n"
        files.append(File.generated(config, f"repository/{target.removesuffix('.md')}.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links that leave docs/ to the pages made of those files."""
    if page.file.src_uri.startswith("repository/"):
        return markdown
    return OUTSIDE.sub(lambda link: f"](repository/{link[1].removesuffix('.md')}.md", markdown)


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn formulas into MathML, which browsers draw by themselves."""

    def drawn(formula: re.Match[str]) -> str:
        display = "block" if formula[1] == "div" else "inline"
        return latex2mathml.converter.convert(html.unescape(formula[2]), display=display)

    return FORMULA.sub(drawn, content)


def _local_links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)#\s]+)", text) if not re.match(r"[a-z]+:", link)]


def _rewritten(text: str, target: str) -> str:
    """A Markdown file of the repository with links that hold where its page lies, under repository/."""
    up = "../" * target.count("/")

    def moved(link: re.Match[str]) -> str:
        if re.match(r"[a-z]+:", link[1]):
            return link[0]
        path = normpath(f"{Path(target).parent.as_posix()}/{link[1]}")
        place = path.removeprefix("docs/") if path.startswith("docs/") else f"repository/{path.removesuffix('.md')}.md"
        return f"](../{up}{place}"

    return re.sub(r"\]\(([^)#\s]+)", moved, text)
