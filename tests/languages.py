"""Whether a text speaks the reader's language: English sentences in what should be Chinese."""

import re

CHINESE = re.compile("[\u4e00-\u9fff]")
# Three words one after the other are a sentence; not in backticks, codes or paths.
ENGLISH = re.compile(r"(?<![\w/.:=-])[A-Za-z][a-z']+(?:[ ,;:]{1,2}[A-Za-z][a-z']+){2,}")
COMMAND = re.compile(r"`[^`]*`|jifen [ -~]*")
QUOTED = re.compile("“[^”]*”")


def english(text: str) -> list[str]:
    """The English sentences in an answer."""
    return ENGLISH.findall(COMMAND.sub("`", text))


def foreign(text: str) -> bool:
    """Whether a Chinese sentence is none, or holds English beside what it quotes."""
    return not CHINESE.search(text) or bool(english(QUOTED.sub("“”", text)))
