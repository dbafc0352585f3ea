"""File names: which are accepted, and that none of them can break out of a header."""

import re
import sys
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.problems import InvalidParameter
from chalicelib.texts import _REFUSED_IN_FILENAMES, _REFUSED_IN_LINES, check_filename, content_disposition


@pytest.mark.parametrize(
    "name",
    ["cover.png", "größe.zip", '"quoted" & more.zip', "😀👩‍👩‍👧.png", "файл.pdf", "文件.zip", "a" * 255, "é" * 127, ".hidden",
     "100% real.zip", "semi;colon=1.zip", "'single'.zip", "a  b.zip"],
)  # fmt: skip
def test_ordinary_names_of_all_the_world_are_accepted(name: str) -> None:
    assert check_filename(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "...", "a" * 256, "é" * 128, "../up.zip", "dir/file.zip", "dir\\file.zip", "cr\rlf.zip",
     "cr\r\nSet-Cookie: x", "nul\0.zip", "tab\t.zip", "del\x7f.zip", "c1\x85.zip", "\u202egpj.exe", "a\u2066b", "a\u200fb",
     "line\u2028break", "para\u2029graph", "lone\ud800surrogate"],
)  # fmt: skip
def test_names_that_deceive_or_break_are_refused(name: str) -> None:
    with pytest.raises(InvalidParameter) as refusal:
        check_filename(name)
    assert refusal.value.errors[0].pointer == "/filename"


def test_decomposed_letters_are_composed() -> None:
    assert check_filename("u\u0308ber.zip") == "über.zip"


@given(st.text())
def test_an_accepted_name_has_no_character_that_breaks_a_header_or_a_path(name: str) -> None:
    try:
        accepted = check_filename(name)
    except InvalidParameter:
        return
    assert 0 < len(accepted.encode()) <= 255
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in accepted)
    assert not set(accepted) & set("/\\\u202e\u2066")


@given(st.text().filter(lambda text: not any(unicodedata.category(character) == "Cs" for character in text)))
def test_the_disposition_is_one_ascii_line_that_says_the_name_exactly(name: str) -> None:
    header = content_disposition(name)

    match = re.fullmatch(r"attachment; filename=\"([ -~]*)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]*)", header)
    assert match is not None
    fallback, exact = match.groups()
    assert '"' not in fallback
    assert "\\" not in fallback
    assert unquote(exact) == name


BIDI = ("LEFT-TO-RIGHT", "RIGHT-TO-LEFT", "DIRECTIONAL", "FIRST STRONG ISOLATE", "ARABIC LETTER MARK")


def test_each_character_that_is_refused_is_so_by_its_category_or_by_its_name() -> None:
    """What the pattern spells out, as Unicode has it: also in the next version of Python."""
    for character in map(chr, range(sys.maxunicode + 1)):
        name = unicodedata.name(character, "")
        is_bidi = unicodedata.category(character) == "Cf" and any(word in name for word in BIDI)
        is_invisible = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        refused = _REFUSED_IN_FILENAMES.search(character) is not None
        assert refused == (is_invisible or is_bidi or character in "/\\"), hex(ord(character))
        assert (_REFUSED_IN_LINES.search(character) is not None) == is_invisible, hex(ord(character))
