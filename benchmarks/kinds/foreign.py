"""Persons of many languages in Latin letters: transliterations, orders of names, lost parts."""

from __future__ import annotations

from kinds.making import Dice, Made, Rows, unaccented
from kinds.words import listed

__all__ = ["make"]

#: Given names and family names by language; spellings of one name stand between bars.
NAMES = {
    "arabic": (
        listed(
            "Muhammad/Mohamed/Mohammed/Mohammad Ahmad/Ahmed Ali Hussein/Husain/Hussain "
            "Fatima/Fatma Aisha/Aysha/Aicha Yusuf/Youssef/Yousuf Ibrahim Khalid/Khaled "
            "Omar/Umar Abdullah/Abdallah Mariam/Maryam/Meriem Nur/Noor/Nour "
            "Zainab/Zeinab/Zaynab Said/Saeed/Saïd Mustafa/Mostafa"
        ),
        listed(
            "al-Masri/El-Masry/Almasri al-Haddad/Haddad/Elhaddad Mansur/Mansour/Mansoor "
            "Qasim/Kassem al-Sayyid/El-Sayed/Elsayed Rahman/Rehman Najjar/al-Najjar "
            "Khalil/Khaleel Salih/Saleh Bakr/Bakir Habib/Habeeb Sharif/Cherif/Shareef "
            "Osman/Othman/Uthman Farouk/Faruq/Farooq"
        ),
    ),
    "russian": (
        listed(
            "Aleksandr/Alexander/Oleksandr Sergey/Sergei/Serhii Dmitriy/Dmitry/Dmitri "
            "Yuri/Iurii/Juri Yekaterina/Ekaterina Natalya/Natalia/Nataliya Tatyana/Tatiana "
            "Yelena/Elena/Olena Olga Aleksey/Alexei/Oleksii Andrey/Andrei/Andriy "
            "Mikhail/Michail/Mykhailo Vladimir/Volodymyr"
        ),
        listed(
            "Ivanov Kuznetsov/Kuznecov/Kuznetzov Tsvetkov/Zwetkow/Cvetkov "
            "Chernyshev/Tschernyschew Yakovlev/Jakowlew/Iakovlev Solovyov/Soloviev/Solovyev "
            "Zhukov/Schukow Shcherbakov/Scherbakow Vasilyev/Vasiliev/Wassiljew Popov/Popow "
            "Volkov/Wolkow Fyodorov/Fedorov Kovalenko Melnyk"
        ),
    ),
    "chinese": (
        listed(
            "Xiaoming/Xiao-Ming/Hsiao-Ming Wei Jing/Ching Zhiqiang/Zhi-Qiang/Chih-Chiang Li "
            "Fang Yan/Yen Guoqiang/Guo-Qiang/Kuo-Chiang Meiling/Mei-Ling Jun/Chun "
            "Xiuying/Xiu-Ying/Hsiu-Ying Hui Na Jianguo/Jian-Guo/Chien-Kuo Yulan/Yu-Lan Tao "
            "Ping Haoran/Hao-Ran Lei Qiang/Chiang"
        ),
        listed(
            "Wang/Wong Li/Lee Zhang/Chang Liu/Lau Chen/Chan Yang/Yeung Zhao/Chao Huang/Hwang "
            "Wu/Ng Zhou/Chou/Chow Xu/Hsu Sun Zhu/Chu Gao/Kao Lin/Lam Guo/Kuo Xie/Hsieh "
            "Song/Sung"
        ),
    ),
    "vietnamese": (
        listed(
            "Anh Minh Hùng Lan Hương Tuấn Dũng Thảo Linh Phương Nam Hà Đức Trang Quân Mai Long Yến"
        ),
        listed("Nguyễn Trần Lê Phạm Huỳnh Phan Vũ/Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý"),
    ),
    "spanish": (
        listed(
            "José María Antonio Carmen Manuel Josefa Francisco Ana Juan Isabel Pedro Dolores "
            "Jesús Ángel Lucía Javier Teresa Andrés Concepción Ramón Belén Íñigo Begoña "
            "Joaquín Inés"
        ),
        listed(
            "García González/Gonzales Rodríguez/Rodrigues Fernández/Fernandes López Martínez "
            "Sánchez Pérez/Peres Gómez/Gomes Jiménez/Giménez Ruiz Hernández Díaz Moreno Muñoz "
            "Álvarez/Alvares Romero Núñez Ibáñez/Ybáñez Vázquez/Vásquez Peña Ordóñez Güell "
            "Echeverría/Etxeberria"
        ),
    ),
}
TWO_FAMILY_NAMES = "spanish"


def make(seed: int, n_rows: int, *, repeats: float = 0.35, one_column: bool = False) -> Made:
    """Return persons.

    Parameters
    ----------
    seed, n_rows
        What decides the table, and its size.
    repeats
        Share of persons with two to four rows.
    one_column
        Write the whole name into one column, in either order.
    """
    dice = Dice(f"foreign {seed}")
    rows = Rows(dice, n_rows)
    sizes = {1: 1 - repeats, 2: repeats * 0.7, 3: repeats * 0.2, 4: repeats * 0.1}
    for size in rows.entities(sizes):
        language = dice.pick([*NAMES], 0.2)
        firsts, lasts = NAMES[language]
        given = dice.some(firsts, 1, 2, 0.5)
        family = dice.some(lasts, 2, 2, 0.5)[: 2 if language == TWO_FAMILY_NAMES else 1]
        born = f"{dice.randint(1940, 2005)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
        if dice.chance(0.12):
            born = f"{born[:4]}-01-01"
        fixed = {"nationality": language[:3].upper(), "passport": f"P{dice.digits(7)}"}
        for turn in range(size):
            row = _written(dice, given, family, turn > 0, one_column) | {"birth_date": born} | fixed
            if turn and dice.chance(0.06):
                row["birth_date"] = f"{born[:5]}{born[8:]}-{born[5:7]}"
            lost = {"passport": 0.7, "birth_date": 0.15, "nationality": 0.2}
            rows.add(dice.lose(row, lost))
    return rows.done()


def _written(
    dice: Dice, given: list[str], family: list[str], is_repeat: bool, one_column: bool
) -> dict[str, str]:
    """Return a name in one of its spellings, with parts that may be lost or swapped."""

    def spelt(names: list[str]) -> str:
        chosen = [
            dice.choice(name.split("/")) if is_repeat else name.split("/")[0] for name in names
        ]
        if is_repeat and len(chosen) > 1 and dice.chance(0.4):
            chosen = chosen[:1]
        return " ".join(chosen)

    first, last = spelt(given), spelt(family)
    if is_repeat and dice.chance(0.4):
        first, last = unaccented(first), unaccented(last).replace("Đ", "D")
    if is_repeat and dice.chance(0.12):
        first, last = last, first
    if is_repeat and dice.chance(0.15):
        first, last = dice.typo(first), last.upper()
    if not one_column:
        return {"given_name": first, "family_name": last}
    return {"name": f"{last}, {first}" if dice.chance(0.3) else f"{first} {last}"}
