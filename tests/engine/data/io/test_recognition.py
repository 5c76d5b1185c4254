"""An encoding is recognized by its words, and refused where a few of them do not decide."""

from __future__ import annotations

import pytest

from matchloop.data.io.recognition import recognize

WORDS = {
    "cp1252": "Müller Köln Straße Größe Jürgen Übel Höhe",
    "mac_roman": "Hélène André Élysée Forêt Château Bérénice Jérôme",
    "cp850": "Bäcker Schäfer Würzburg Göttingen Lübeck Stück",
    "cp1250": "Jiří Dvořák Růžena Plzeň Třebíč Zdeněk Kříž",
    "cp1254": "Yılmaz Yıldırım Şahin Doğan Kırıkkale Muğla Işık",
    "cp1257": "Bērziņš Kalniņš Ozoliņš Mārtiņš Liepāja Brīvības",
    "cp1251": "Иванов Смирнова Москва Казань улица Ленина",
    "cp1253": "Παπαδόπουλος Αθήνα Γεωργίου Πλατεία Ελένη",
    "koi8_r": "Иванов Смирнова Москва Казань улица Ленина",
    "iso8859_2": "Jiří Dvořák Růžena Šimek Žďár Třešť Kříž Ťažký",
    "cp852": "Łukasz Wójcik Gdańsk Świętokrzyska Dąbrowski Źródlana",
    "cp857": "Yılmaz Yıldırım Şahin Doğan Kırıkkale Muğla Işık",
    "iso8859_5": "Иванов Смирнова Москва Казань улица Ленина",
    "cp866": "Иванов Смирнова Москва Казань улица Ленина",
}


@pytest.mark.parametrize("encoding", WORDS)
def test_a_handful_of_words_shows_their_encoding(encoding: str) -> None:
    data = WORDS[encoding].encode(encoding)
    found = recognize(data)

    assert found.is_certain
    assert found.encoding is not None
    assert data.decode(found.encoding) == WORDS[encoding]


@pytest.mark.parametrize(
    ("word", "encoding"),
    [("Björn", "mac_roman"), ("Genève", "cp1252"), ("Hašek", "cp1250"), ("Győr", "cp1250")],
)
def test_one_word_that_reads_well_twice_is_not_certain(word: str, encoding: str) -> None:
    found = recognize(word.encode(encoding))

    assert not found.is_certain
    assert found.word != found.rival_word


@pytest.mark.parametrize("word", ["Müller", "José", "Ångström", "Straße"])
def test_one_word_that_reads_well_once_is_certain(word: str) -> None:
    found = recognize(word.encode("cp1252"))

    assert found.is_certain
    assert found.encoding == "cp1252"


def test_a_word_that_was_encoded_twice_does_not_hide_the_encoding_of_the_others() -> None:
    found = recognize(WORDS["cp1252"].encode("cp1252") + " Jäger".encode())

    assert found.is_certain
    assert found.encoding == "cp1252"


@pytest.mark.parametrize("encoding", ["cp1254", "cp857"])
def test_a_dotted_capital_i_is_a_letter_of_turkish(encoding: str) -> None:
    text = "İstanbul İzmir Bağdat Caddesi İstiklal Güneş Muğla Diyarbakır İsmail İbrahim Ağrı"
    found = recognize(text.encode(encoding))

    assert found.is_certain
    assert found.encoding == encoding


@pytest.mark.parametrize(("text", "encoding"), [("東京都", "shift_jis"), ("北京市", "gb18030")])
def test_words_of_encodings_that_are_not_tried_are_not_read_as_others(
    text: str, encoding: str
) -> None:
    assert recognize(text.encode(encoding)).encoding is None
