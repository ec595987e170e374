"""The structure in figures: `python -m tests.structure [CHECKOUT]`.

Packages are folders; a module beside them, in `repo_store/` or `service/`, counts as one.
"""

import ast
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

Graph = Mapping[str, set[str]]


def modules(root: Path) -> dict[str, Path]:
    paths = [path for top in ("repo_store", "service") for path in (root / top).rglob("*.py")]
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }


def imports(known: Mapping[str, Path]) -> dict[str, set[str]]:
    """By module, the modules of the product that it imports; packages' faces left out."""
    found: dict[str, set[str]] = {}
    for name, path in known.items():
        names: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                own = {f"{node.module}.{alias.name}" for alias in node.names}
                names |= own & known.keys() or {node.module}
        found[name] = {each for each in names & known.keys() if each != name}
    return found


def by_package(graph: Graph, known: Mapping[str, Path]) -> dict[str, set[str]]:
    def package(name: str) -> str:
        parent = name.rpartition(".")[0]
        is_face = known[name].name == "__init__.py"
        return name if is_face or parent in ("", "repo_store", "service") else parent

    arrows: dict[str, set[str]] = {}
    for name, targets in graph.items():
        own = arrows.setdefault(package(name), set())
        own |= {package(each) for each in targets} - {package(name)}
    return arrows


def in_cycles(graph: Graph) -> set[str]:
    """The nodes that lead back to themselves."""

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        stack = [start]
        while stack:
            for each in graph.get(stack.pop(), set()) - seen:
                seen.add(each)
                stack.append(each)
        return seen

    return {node for node in graph if node in reachable(node)}


def longest_chain(graph: Graph) -> list[str]:
    """The longest path of imports; modules in cycles end it."""
    cyclic = in_cycles(graph)

    @cache
    def longest(node: str) -> tuple[str, ...]:
        return (node, *_longest([longest(each) for each in sorted(graph[node] - cyclic)]))

    return list(_longest([longest(node) for node in graph if node not in cyclic]))


def _longest(chains: list[tuple[str, ...]]) -> tuple[str, ...]:
    return max(chains, key=lambda chain: len(chain)) if chains else ()


def main() -> None:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    known = modules(root)
    graph = imports(known)
    arrows = by_package(graph, known)
    chain = longest_chain(graph)
    print(f"modules                  {len(known)}")
    lines = sum(len(path.read_text().splitlines()) for path in known.values())
    print(f"lines                    {lines}")
    print(f"packages                 {len(arrows)}")
    print(f"arrows between packages  {sum(map(len, arrows.values()))}")
    print(f"packages in cycles       {', '.join(sorted(in_cycles(arrows))) or 'none'}")
    print(f"longest import chain     {len(chain)}: {' → '.join(chain)}")


if __name__ == "__main__":
    main()
