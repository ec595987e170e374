"""Whether two words are one word, written with other capitals."""

# English words that a capital makes another word
# fmt: off
_CAPITONYMS = frozenset((
    "april", "august", "bath", "bill", "catholic", "china", "conservative", "democrat",
    "democratic", "frank", "god", "green", "japan", "jordan", "june", "labor", "labour", "lent",
    "liberal", "march", "mark", "may", "mercury", "mobile", "nice", "polish", "reading",
    "republican", "rose", "ruth", "tory", "turkey", "welsh", "will",
))
# and those that all capitals make an abbreviation
_ABBREVIATED = frozenset((
    "aids", "all", "am", "cat", "fed", "he", "id", "in", "it", "me", "mi", "no", "or", "pa", "pm",
    "un", "us", "who",
))
# fmt: on


def only_capitals_differ(one: str, other: str) -> bool:
    """Whether two words differ in case alone and are one word: straße and STRASSE, not Maßen and
    Massen, nor May and may, nor US and us.
    """
    if one == other:
        return True
    lower = one.lower()
    if lower != other.lower() and one.upper() != other and other.upper() != one:
        return False
    if lower in _CAPITONYMS and one[:1].islower() != other[:1].islower():
        return False
    return lower not in _ABBREVIATED or one.isupper() == other.isupper()
