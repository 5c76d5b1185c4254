"""Lists of plausible words, and made-up words by syllable; the commonest first."""

from __future__ import annotations

from functools import lru_cache

from kinds.making import Dice


def listed(text: str, mark: str | None = None) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split(mark))


ENGLISH_FIRST = listed(
    "James Mary John Patricia Robert Jennifer Michael Linda William Elizabeth David Barbara "
    "Richard Susan Joseph Jessica Thomas Sarah Charles Karen Daniel Nancy Matthew Lisa Anthony "
    "Margaret Mark Sandra Steven Ashley Paul Emily Andrew Donna Joshua Michelle Kevin Carol "
    "Brian Amanda George Melissa Edward Deborah Ronald Stephanie Timothy Rebecca Jason Laura "
    "Jeffrey Helen Ryan Sharon Jacob Cynthia Gary Kathleen Nicholas Amy Eric Angela Jonathan "
    "Shirley Stephen Anna Larry Ruth"
)
GERMAN_FIRST = listed(
    "Hans Maria Peter Ursula Michael Monika Wolfgang Petra Thomas Elisabeth Klaus Sabine Werner "
    "Renate Jürgen Helga Heinz Karin Andreas Brigitte Günter Ingrid Stefan Erika Horst Andrea "
    "Manfred Gisela Uwe Claudia Bernd Susanne Frank Gabriele Dieter Birgit Christian Christa "
    "Martin Jörg Bärbel Björn Käthe Rüdiger Jutta Matthias Anke Sören Ilse Torsten Heike Götz "
    "Silke Kürşat Ayşe"
)
GERMAN_LAST = listed(
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch "
    "Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann "
    "Lange Schmitt Werner Schmitz Krause Meier Lehmann Schmid Köhler Herrmann König Walter "
    "Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich "
    "Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster "
    "Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß "
    "Seidel Heinrich Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel "
    "Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff Pfeiffer Yılmaz Kaya Nowak Grünwald "
    "Großmann Strauß Löffler Übelacker"
)
GERMAN_TOWNS = listed(
    "Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dortmund Essen Bremen "
    "Dresden Hannover Nürnberg Duisburg Bochum Wuppertal Bielefeld Bonn Münster Mannheim "
    "Karlsruhe Augsburg Wiesbaden Gelsenkirchen Aachen Braunschweig Kiel Chemnitz Halle "
    "Magdeburg Freiburg Krefeld Mainz Lübeck Erfurt Oberhausen Rostock Kassel Hagen Göttingen "
    "Würzburg Fürth Osnabrück Saarbrücken"
)
GERMAN_STREETS = listed(
    "Haupt Bahnhof Schul Garten Dorf Berg Birken Linden Kirch Wald Ring Wiesen Schiller Goethe "
    "Jahn Mozart Rosen Amsel Buchen Mühlen Industrie Blumen Eichen Tal Ahorn Tannen Post Feld "
    "Park König Lessing Beethoven Fichten Sonnen Friedhof Burg Brunnen Schloss Kiefern Ulmen "
    "Finken Drossel"
)
COLOURS = listed("black white silver blue red grey green gold pink graphite purple orange")
LEGAL = listed(
    "GmbH|AG|Ltd|Inc|LLC|S.A.|SAS|B.V.|AB|Oy|SpA|Corp|PLC|KG|GmbH & Co. KG|S.r.l.|Pty Ltd", "|"
)
TRADES = listed(
    "Systems Logistics Foods Energy Holding Trading Solutions Industries Services Consulting "
    "Pharma Media Capital Software Engineering Motors Textiles Chemicals Electric Construction "
    "Insurance Airlines Steel Packaging Marine Diagnostics Robotics Partners Networks Farms"
)
SCIENCE = listed(
    "analysis model data system learning network effect treatment cell patient control "
    "structure method function study risk protein response growth design clinical temperature "
    "surface energy population dynamic gene tumor water optimal estimation random stability "
    "chronic disease trial language graph memory signal cancer diabetes infection therapy "
    "children outcome soil climate polymer catalyst quantum magnetic inflation market policy "
    "education quality sleep exercise pain stroke renal hepatic cardiac vaccine antibody "
    "receptor kinase membrane thermal optical neural adaptive robust sparse convex logic "
    "database query storage parallel distributed wireless sensor fuzzy genetic heuristic "
    "simulation spectral seismic coastal forest urban rural migration gender"
)
NOUNS = listed(
    "moon river heart night fire love rain road dream summer ghost light shadow city blue "
    "golden star winter train stone ocean dance mirror desert garden silver thunder angel wild "
    "broken silent electric paper velvet midnight morning crystal lonely burning hollow "
    "northern secret"
)

CONSONANTS = listed("b d f g h k l m n p r s t v w z br ch dr fl gr kl pr sh st th tr")
VOWELS = listed("a e i o u a e o ai au ie ou")
ENDS = listed("n r s l t nd rt ck m x ng")


def invent(dice: Dice, syllables: int = 2, *, end: bool = True) -> str:
    """Return a made-up word in small letters."""
    parts = [dice.choice(CONSONANTS) + dice.choice(VOWELS) for _ in range(syllables)]
    return "".join(parts) + (dice.choice(ENDS) if end and dice.chance(0.6) else "")


@lru_cache(maxsize=64)
def pool(name: str, count: int, syllables: int = 2) -> tuple[str, ...]:
    """Return distinct made-up words with a capital, the same for the same arguments."""
    dice = Dice(f"{name} {count}")
    found: dict[str, None] = {}
    while len(found) < count:
        found[invent(dice, dice.choice((syllables, syllables, syllables + 1))).capitalize()] = None
    return tuple(found)
