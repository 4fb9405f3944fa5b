#!/usr/bin/env python3
# Documentation hangs together: links and anchors lead somewhere, every page is in the navigation,
# and with --site DIR no built page loads anything from elsewhere.
import re
import sys
import tempfile
from pathlib import Path

LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]*\ssrc=\"([^\"]+)\"")
LOADS = re.compile(r"<(?:script|img|iframe|link)\b[^>]*?\s(?:src|href)=[\"']?(?:https?:)?//[^\s\"'>]+[^>]*>")


def prose(text):
    """Without code: what stands there is no link and no heading."""
    text = re.sub(r"^(```|~~~).*?^\1[ \t]*$", "", text, flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", lambda code: "x" * len(code[0]), text)


def anchors(path):
    """Of headings, as GitHub and as the site make them, where both agree."""
    text = re.sub(r"^(```|~~~).*?^\1[ \t]*$", "", path.read_text(), flags=re.M | re.S)
    found = set()
    for heading in re.findall(r"^#+ +(.+?) *$", text, flags=re.M):
        plain = re.sub(r"[^\w\s-]", "", heading).strip().lower()
        if plain.replace(" ", "-") == re.sub(r"[-\s]+", "-", plain):
            found.add(plain.replace(" ", "-"))
    return found


def broken_links(root, page):
    for match in LINK.finditer(prose(page.read_text())):
        link = match[1] or match[2]
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists():
            yield f"{page.relative_to(root)}: {link}: there is no such file"
        elif anchor and anchor not in anchors(target):
            yield f"{page.relative_to(root)}: {link}: there is no such heading"


def outside_navigation(root):
    listed = set(re.findall(r": (\S+\.md)$", (root / "config/mkdocs.yml").read_text(), flags=re.M))
    pages = {str(p.relative_to(root / "docs")) for p in (root / "docs").rglob("*.md")}
    yield from (f"docs/{p}: not in the navigation of config/mkdocs.yml" for p in sorted(pages - listed))
    yield from (f"config/mkdocs.yml: {p}: there is no such page" for p in sorted(listed - pages))


def complaints(root):
    for page in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
        yield from broken_links(root, page)
    yield from outside_navigation(root)


def loads_from_elsewhere(site):
    for page in site.rglob("*.html"):
        for tag in LOADS.findall(page.read_text()):
            if "rel=\"canonical\"" not in tag:
                yield f"{page}: {tag}"
    for sheet in site.rglob("*.css"):
        if re.search(r"url\([\"']?(?:https?:)?//|@import", sheet.read_text()):
            yield f"{sheet}: loads from elsewhere"


def finds_what_is_wrong():
    """The check itself: each kind of mistake is seen, and what is right is not."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "docs").mkdir()
        (root / "config").mkdir()
        (root / "README.md").write_text("[a](docs/a.md#the-end) `[c](none.md)`\n")
        (root / "docs/a.md").write_text("# A\n[gone](b.md) [no](#nowhere)\n## The end\n")
        (root / "docs/c.md").write_text("# C\n")
        (root / "config/mkdocs.yml").write_text("nav:\n  - A: a.md\n  - D: d.md\n")
        (root / "x.html").write_text('<a href="https://e.org/">ok</a><script src="https://e.org/x.js"></script>')
        return len(list(complaints(root))) == 4 and len(list(loads_from_elsewhere(root))) == 1


def main(arguments):
    if not finds_what_is_wrong():
        print("check_docs.py does not find mistakes that were made for it")
        return 1
    if arguments[:1] == ["--site"]:
        found = list(loads_from_elsewhere(Path(arguments[1])))
    else:
        found = list(complaints(Path(__file__).resolve().parents[2]))
    print("\n".join(found) if found else "docs: ok")
    return 1 if found else 0


sys.exit(main(sys.argv[1:]))
