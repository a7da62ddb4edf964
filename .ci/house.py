#!/usr/bin/env python3
"""Measures the house: python3 .ci/house.py [DIR] prints who knows whom in DIR/src, and how long and how well explained its code is.

Tests are left out: files `tests.rs`, folders `tests/`, and items under `#[cfg(test)]`.
The table of who may know whom is the one in DIR/docs/ARCHITECTURE.md, which tests/it/layers.rs keeps true.
"""

import re
import statistics
import sys
from pathlib import Path

# Comments, strings and characters in one pass, so that none is found inside another. A lifetime ('a) is not a character.
TOKEN = re.compile(
    r"""(?P<line>//[^\n]*)|(?P<block>/\*.*?\*/)|(?P<raw>\bb?r(?P<hash>\#*)".*?"(?P=hash))"""
    r"""|(?P<string>b?"(?:\\.|[^"\\])*")|(?P<char>b?'(?:\\(?:u\{\w+\}|x\w\w|.)|[^'\\\n])')""",
    re.S,
)
ITEM = r"(?:fn|struct|enum|union|trait|type|const|static|mod)"
PATH = re.compile(r"(?<![\w:])(?:crate|super|self|clerk_courier)(?:::\w+)+")


def blank(text):
    """The text with spaces in place of comments and strings: every other character keeps its position."""
    return TOKEN.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def end_of_item(code, start):
    """Where the item that begins at `start` ends: at its `;` or `,`, or after the brace that closes its body."""
    depth = 0
    for position in range(start, len(code)):
        letter = code[position]
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth < 0:
                return position
            if depth == 0 and letter == "}":
                return position + 1
        elif letter in ";," and depth == 0:
            return position + 1
    return len(code)


def without_tests(code, text):
    """Code and text with the items under `#[cfg(test)]` blanked out."""
    for found in list(re.finditer(r"#\[cfg\(test\)\]", code)):
        start, end = found.start(), end_of_item(code, found.end())
        while (attribute := re.match(r"\s*#\[", code[found.end() : end])) and code[end - 1] != "}":
            end = end_of_item(code, found.end() + attribute.end())
        code = code[:start] + re.sub(r"[^\n]", " ", code[start:end]) + code[end:]
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return code, text


def spread(tree, prefix=()):
    """`a::{b, c::{d, e}}` as ["a", "b"], ["a", "c", "d"], ["a", "c", "e"]; `x as y` counts as x, with y at hand."""
    tree = tree.strip()
    head, brace, rest = tree.partition("{")
    if not brace:
        path, _, alias = tree.partition(" as ")
        names = tuple(name.strip() for name in path.split("::") if name.strip())
        return [(prefix + names, alias.strip() or names[-1])] if names else []
    inside, depth, part, found = rest.rsplit("}", 1)[0], 0, "", []
    prefix += tuple(name.strip() for name in head.split("::") if name.strip())
    for letter in inside + ",":
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            found += spread(part, prefix)
            part = ""
        else:
            part += letter
    return found


class House:
    def __init__(self, root):
        self.text, self.code, self.uses, self.inline = {}, {}, {}, {}
        for file in sorted((root / "src").rglob("*.rs")):
            path = file.relative_to(root / "src").with_suffix("").parts
            if "tests" in path:
                continue
            module = path[:-1] if path[-1] in ("mod", "lib") else path
            text = file.read_text()
            code, text = without_tests(blank(text), text)
            self.text[module], self.code[module] = text, code
        for module, code in self.code.items():
            self.uses[module] = [pair for found in re.finditer(r"\buse\s+([^;]+);", code) for pair in spread(found[1])]
            # `pub(in crate::template)` says who may know an item, and nothing about what the item knows.
            inline = re.sub(r"\bpub\(in [\w:]+\)|\buse\s+[^;]+;", "", code)
            self.inline[module] = {tuple(path.split("::")) for path in PATH.findall(inline)}

    def target(self, module, path, seen=()):
        """The module whose file holds what `path`, as written in `module`, names; re-exports are followed. None: another crate's."""
        at, names = module, list(path)
        if names[0] in ("crate", "clerk_courier"):
            at, names = (), names[1:]
        elif names[0] in ("super", "self"):
            while names and names[0] in ("super", "self"):
                at = at[:-1] if names[0] == "super" else at
                names = names[1:]
        elif module + (names[0],) not in self.code:
            return None
        while names and at + (names[0],) in self.code:
            at, names = at + (names[0],), names[1:]
        if names and (at, names[0]) not in seen:
            for used, name in self.uses.get(at, ()):
                if name == names[0] and (found := self.target(at, used, (*seen, (at, name)))) is not None:
                    return found
        return at

    def arrows(self):
        """{(from, to): one example} between files."""
        found = {}
        for module in self.code:
            paths = [path for path, _ in self.uses[module]] + sorted(self.inline[module])
            # What a parent uses of its children without a `use`: `child::item`.
            children = [child[-1] for child in self.code if child[:-1] == module and child]
            if children and module:
                paths += re.findall(rf"(?<![\w:.])({'|'.join(children)})::\w", self.code[module]) and [
                    (child,) for child in children if re.search(rf"(?<![\w:.]){child}::\w", self.code[module])
                ]
            for path in paths:
                to = self.target(module, path)
                if to is not None and to != module and to != ():
                    found.setdefault((module, to), "::".join(path))
        return found


def circles(arrows):
    """Strongly connected components of more than one node (Tarjan), sorted."""
    after = {}
    for a, b in sorted(arrows):
        after.setdefault(a, []).append(b)
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for to in after.get(node, ()):
            if to not in index:
                visit(to)
            if to in stack:
                low[node] = min(low[node], low[to])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[-len(group) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(after):
        if node not in index:
            visit(node)
    return sorted(found)


def table(root):
    """Rooms in the order of their floors, the roof first: the rows of the table in docs/ARCHITECTURE.md."""
    floors, file = [], root / "docs/ARCHITECTURE.md"
    section = file.read_text().partition("## Who may know whom")[2].partition("\n## ")[0] if file.exists() else ""
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        names = re.findall(r"`([\w:/*]+)`", cells[0])
        if line.startswith("|") and names and len(cells) == 2:
            floors += [name for name in names if name not in floors]
    return floors


def name(module):
    return "::".join(module) or "lib"


def spot(numbers):
    return f"median {statistics.median(numbers):g}, mean {statistics.mean(numbers):.1f}, longest {max(numbers)}"


def print_graph(house, root):
    files = house.arrows()
    rooms = {}
    for (a, b), path in files.items():
        if a[:1] != b[:1] and a:
            rooms.setdefault((a[0], b[0]), []).append(f"{name(a)} uses {path}")
    every = sorted({module[0] for module in house.code if module})
    print(f"rooms {len(every)}, arrows between rooms {len(rooms)}, files {len(house.code)}, arrows between files {len(files)}\n")
    for room in every:
        print(f"{room} -> {' '.join(sorted(b for a, b in rooms if a == room)) or '(nobody)'}")
    floors = table(root)
    up = [(a, b) for a, b in sorted(rooms) if a in floors and b in floors and floors.index(b) < floors.index(a)]
    print(f"\nupward arrows against the table of docs/ARCHITECTURE.md: {len(up)}")
    for a, b in up:
        print(f"  {a} -> {b}: " + "; ".join(sorted(rooms[a, b])))
    for title, arrows in (
        ("circles between rooms", rooms),
        ("circles between files", files),
        ("  of these, not only a parent and its children", {(a, b) for a, b in files if a[: len(b)] != b}),
    ):
        found = circles(arrows)
        print(f"\n{title}: {len(found)}")
        for group in found:
            print(f"  {len(group)}: " + " ".join(name(node) if isinstance(node, tuple) else node for node in group))


def print_measures(house):
    files, functions, words, comments, lines, documented, public = {}, [], [], 0, 0, 0, []
    for module, text in house.text.items():
        code, rows = house.code[module], text.split("\n")
        filled = sum(1 for row in rows if row.strip())
        files[name(module)] = filled
        lines += filled
        for found in re.finditer(r"\bfn\s+(\w+)", code):
            end = end_of_item(code, found.end())
            if code[end - 1] == "}":
                functions.append((code.count("\n", found.start(), end) + 1, f"{name(module)}::{found[1]}"))
        comments += sum(1 for found in TOKEN.finditer(text) if found["line"] and not re.match(r"//[/!]", found[0]))
        for kind in ("///", "//!"):
            for block in re.findall(rf"(?:^[ \t]*{kind}[^\n]*\n)+", text, re.M):
                words.append(sum(1 for word in block.replace(kind, " ").split() if re.search(r"\w", word)))
        for number, row in enumerate(rows):
            if re.match(rf"\s*pub (?:async |unsafe |const )*(?:{ITEM}\b|\w+:)", row):
                above = number - 1
                while above > 0 and re.match(r"\s*(#\[|\)\])", rows[above]):
                    # An attribute that ends here may have begun some lines above.
                    while above > 0 and not re.match(r"\s*#\[", rows[above]):
                        above -= 1
                    above -= 1
                child = re.match(r"\s*pub mod (\w+)", row)
                inside = child and house.text.get((*module, child[1]), "").lstrip().startswith("//!")
                fine = bool(inside) or rows[above].lstrip().startswith("///")
                documented += fine
                public += [] if fine else [f"{name(module)}: {row.strip()}"]
    longest = sorted(functions, key=lambda pair: (-pair[0], pair[1]))[:10]
    print(f"\nlines (not blank, no tests): {lines}")
    print(f"files: {spot(list(files.values()))} ({max(files, key=files.get)})")
    print(f"functions: {len(functions)}, {spot([size for size, _ in functions])} ({longest[0][1]})")
    print(f"functions of more than 30 lines: {sum(size > 30 for size, _ in functions)}, of more than 50: {sum(size > 50 for size, _ in functions)}")
    print("  " + ", ".join(f"{where} {size}" for size, where in longest))
    print(f"public items documented: {documented} of {documented + len(public)}" + "".join(f"\n  {one}" for one in public))
    print(f"why-comments (// alone): {comments} lines, {100 * comments / lines:.1f} %")
    print(f"doc comments: {len(words)}, words: {spot(words)}; of 4 words or fewer: {100 * sum(w <= 4 for w in words) / len(words):.0f} %")


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    house = House(root)
    print_graph(house, root)
    print_measures(house)


main()
