"""``make translations``: the texts of the sources into ``resources/translations/*.ts``, and what Qt reads of them.

What a person translates is in ``pxbin_<language>.ts``, also by Qt Linguist; the ``.qm`` beside it is made of it.
English has only the texts with a number in them.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TRANSLATIONS = ROOT / "resources" / "translations"
SOURCE = "en"


def main() -> int:
    """Bring all languages up to date.

    Returns:
        The exit code: that of the first of Qt's programs that failed.
    """
    tools = Path(sys.executable).parent
    for texts in sorted(TRANSLATIONS.glob("pxbin_*.ts")):
        for command in (update_command(tools, texts), release_command(tools, texts)):
            done = subprocess.run(command, cwd=ROOT, check=False)
            if done.returncode:
                return done.returncode
    return 0


def update_command(tools: Path, texts: Path) -> list[str]:
    """What reads the sources' texts into a ``.ts``, and drops those that are gone."""
    language = texts.stem.removeprefix("pxbin_")
    plural = ["-pluralonly"] if language == SOURCE else []
    sources = [str(path) for path in sorted((ROOT / "pxbin_app").rglob("*.py"))]
    return [
        str(tools / "pyside6-lupdate"), *plural, "-silent", "-no-obsolete", "-sort-messages", "-locations", "none",
        "-source-language", SOURCE, "-target-language", language, *sources, "-ts", str(texts),
    ]  # fmt: skip


def release_command(tools: Path, texts: Path, made: Path | None = None) -> list[str]:
    """What makes a ``.qm``, beside the ``.ts`` or elsewhere."""
    made = made or texts.with_suffix(".qm")
    return [str(tools / "pyside6-lrelease"), "-silent", str(texts), "-qm", str(made)]


if __name__ == "__main__":
    sys.exit(main())
