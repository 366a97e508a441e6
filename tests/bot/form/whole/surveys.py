"""Three large surveys made from patterns: a household's of 270 questions, a health facility's and a farm's.

`python -m tests.bot.form.whole.surveys FOLDER` writes them, to be tried by hand.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

Row = Mapping[str, str]
Texts = tuple[str, ...]
"""A text in each language of a survey."""


def _table(name: str, rows: Sequence[Row]) -> Iterator[str]:
    header = list(dict.fromkeys(column for row in rows for column in row))
    yield f"| {name} |"
    for cells in (header, *([row.get(column, "") for column in header] for row in rows)):
        yield "| | " + " | ".join(cells) + " |"


class Survey:
    """Rows of a survey, its choices and its languages, in their order."""

    def __init__(self, form_id: str, title: str, languages: Sequence[str]) -> None:
        self.languages = languages
        self.rows: list[Row] = []
        self.choices: list[Row] = []
        self.settings = [
            {"form_id": form_id, "form_title": title, "version": "1", "default_language": languages[0]}
        ]

    def texts(self, column: str, texts: Texts) -> dict[str, str]:
        return {f"{column}::{language}": text for language, text in zip(self.languages, texts, strict=True)}

    def ask(self, type_: str, name: str, label: Texts = (), **columns: str) -> str:
        """Add a question and return a reference to it."""
        self.rows.append(
            {"type": type_, "name": name, **(self.texts("label", label) if label else {}), **columns}
        )
        return f"${{{name}}}"

    def begin(self, what: str, name: str, label: Texts, **columns: str) -> None:
        self.ask(f"begin_{what}", name, label, **columns)

    def end(self, what: str) -> None:
        self.rows.append({"type": f"end_{what}"})

    def list(self, list_name: str, **choices: Texts) -> None:
        self.choices += [
            {"list_name": list_name, "name": name, **self.texts("label", label)}
            for name, label in choices.items()
        ]

    def __str__(self) -> str:
        tables: dict[str, Sequence[Row]] = {
            "survey": self.rows,
            "choices": self.choices,
            "settings": self.settings,
        }
        return "\n".join(line for name, rows in tables.items() for line in _table(name, rows)) + "\n"


def household() -> str:
    """Living conditions of a household, in English and Russian: 270 questions."""
    s = Survey("household", "Household", ("English (en)", "Русский (ru)"))
    for part in (_home, _things, _people, _food, _health, _offices, _year, _worries):
        part(s)
    s.ask("rank wishes", "wishes", ("What should be done first?", "Что нужно сделать сначала?"))
    s.list("wishes", roads=("Roads", "Дороги"), water=("Water", "Вода"), schools=("Schools", "Школы"))
    s.ask(
        "text",
        "last_word",
        ("Is there anything else?", "Хотите ли вы что-то добавить?"),
        appearance="multiline",
    )
    return str(s)


def _home(s: Survey) -> None:
    s.list("yn", yes=("Yes", "Да"), no=("No", "Нет"), unknown=("I don't know", "Не знаю"))
    s.list(
        "often", never=("Never", "Никогда"), some=("Some days", "Иногда"), daily=("Every day", "Каждый день")
    )
    s.list("kind", house=("A house", "Дом"), flat=("A flat", "Квартира"), other=("Other", "Другое"))
    s.list("sex", m=("Male", "Мужской"), f=("Female", "Женский"))
    s.begin("group", "home", ("Your home", "Ваше жильё"))
    s.ask("select_one kind", "dwelling", ("What do you live in?", "В чём вы живёте?"), required="yes")
    s.ask(
        "text",
        "dwelling_other",
        ("What else is it?", "Что именно?"),
        relevant="${dwelling} = 'other'",
        required="yes",
    )
    s.ask(
        "integer",
        "rooms",
        ("How many rooms are there?", "Сколько комнат?"),
        required="yes",
        constraint=". >= 1 and . <= 20",
    )
    for name, label in {
        "water": ("running water", "водопровод"), "sewer": ("a sewer", "канализация"), "gas": ("gas", "газ"),
        "power": ("electricity", "электричество"), "heat": ("central heating", "центральное отопление"),
        "net": ("the internet", "интернет"), "phone": ("a telephone line", "телефонная линия"),
    }.items():  # fmt: skip
        has = s.ask(
            "select_one yn", f"has_{name}", (f"Is there {label[0]}?", f"Есть ли {label[1]}?"), required="yes"
        )
        off = s.ask(
            "integer",
            f"off_{name}",
            (
                f"For how many days last month was there no {label[0]}?",
                f"Сколько дней в прошлом месяце не было: {label[1]}?",
            ),
            relevant=f"{has} = 'yes'",
            constraint=". >= 0 and . <= 31",
        )
        s.ask(
            "decimal",
            f"cost_{name}",
            (f"What does {label[0]} cost a month?", f"Сколько стоит в месяц: {label[1]}?"),
            relevant=f"{has} = 'yes'",
            constraint=". >= 0",
        )
        s.ask("text", f"why_{name}", ("Why so long?", "Почему так долго?"), relevant=f"{off} > 10")
    s.end("group")


def _things(s: Survey) -> None:
    s.begin("group", "things", ("Things", "Вещи"), appearance="table-list")
    names = ("fridge", "stove", "washer", "television", "computer", "bicycle", "car", "cow", "sheep", "horse")
    russian = (
        "холодильник",
        "плита",
        "стиральная машина",
        "телевизор",
        "компьютер",
        "велосипед",
        "машина",
        "корова",
        "овцы",
        "лошадь",
    )
    for name, word in zip(names, russian, strict=True):
        s.ask("select_one yn", f"own_{name}", (f"A {name}", word.capitalize()))
    s.end("group")


def _people(s: Survey) -> None:
    s.begin("repeat", "person", ("People who live here", "Кто здесь живёт"))
    s.ask("calculate", "no", calculation="position(..)")
    s.ask(
        "text", "called", ("What is person ${no} called?", "Как зовут человека номер ${no}?"), required="yes"
    )
    s.ask("select_one sex", "sex", ("Sex of ${called}", "Пол: ${called}"))
    s.ask(
        "integer",
        "age",
        ("Age of ${called}", "Возраст: ${called}"),
        required="yes",
        constraint=". >= 0 and . < 120",
    )
    for name, label, condition in (
        (
            "school",
            ("Does ${called} go to school?", "${called} ходит в школу?"),
            "${age} >= 6 and ${age} < 18",
        ),
        ("work", ("Does ${called} work for pay?", "${called} работает за плату?"), "${age} >= 15"),
        ("ill", ("Was ${called} ill last month?", "${called} болеет в последний месяц?"), ""),
        (
            "away",
            (
                "Was ${called} away for over a month this year?",
                "${called} больше месяца в отъезде в этом году?",
            ),
            "",
        ),
    ):
        s.ask("select_one yn", name, label, relevant=condition)
    s.ask(
        "decimal",
        "wage",
        ("What does ${called} earn a month?", "Сколько ${called} зарабатывает в месяц?"),
        relevant="${work} = 'yes'",
        constraint=". >= 0",
    )
    s.end("repeat")
    s.ask("calculate", "size", calculation="count(${person})")
    s.ask("calculate", "earned", calculation="sum(${wage})")
    s.ask(
        "note",
        "income",
        ("${size} people earn ${earned} a month.", "Человек: ${size}, заработок в месяц: ${earned}."),
        relevant="${size} > 0",
    )


def _food(s: Survey) -> None:
    foods = (
        "bread",
        "rice",
        "potatoes",
        "beans",
        "meat",
        "fish",
        "eggs",
        "milk",
        "vegetables",
        "fruit",
        "sugar",
        "oil",
    )
    words_food = (
        "хлеб",
        "рис",
        "картофель",
        "фасоль",
        "мясо",
        "рыба",
        "яйца",
        "молоко",
        "овощи",
        "фрукты",
        "сахар",
        "масло",
    )
    for group, asks in (("food", (foods, words_food)), ("spending", (
        ("rent", "clothes", "shoes", "medicine", "transport", "school", "repairs", "debts", "gifts", "cigarettes", "telephones", "taxes"),
        ("аренда", "одежда", "обувь", "лекарства", "транспорт", "школа", "ремонт", "долги", "подарки", "сигареты", "телефоны", "налоги"),
    ))):  # fmt: skip
        s.begin("group", group, (group.capitalize(), "Еда" if group == "food" else "Расходы"))
        for name, word in zip(*asks, strict=True):
            how = s.ask(
                "select_one often",
                f"{group}_{name}",
                (f"How often: {name}?", f"Как часто: {word}?"),
                required="yes",
            )
            s.ask(
                "decimal",
                f"{group}_{name}_paid",
                (f"What did {name} cost last week?", f"Во сколько обошлись за неделю: {word}?"),
                relevant=f"{how} != 'never'",
                constraint=". >= 0",
            )
            s.ask(
                "select_one yn",
                f"{group}_{name}_lack",
                (f"Did you lack money for it: {name}?", f"Не хватало ли денег: {word}?"),
            )
        s.end("group")


def _health(s: Survey) -> None:
    s.begin("group", "health", ("Health", "Здоровье"))
    for number, (english, word) in enumerate(zip(
        ("a doctor", "a nurse", "a dentist", "a hospital", "a pharmacy", "an ambulance", "a midwife", "a vaccination"),
        ("врач", "медсестра", "стоматолог", "больница", "аптека", "скорая помощь", "акушерка", "прививка"), strict=True,
    ), 1):  # fmt: skip
        used = s.ask(
            "select_one yn",
            f"used_{number}",
            (f"Did you need {english} this year?", f"Нужны ли были в этом году: {word}?"),
        )
        s.ask(
            "range",
            f"far_{number}",
            (f"How many km is it to {english}?", f"Сколько километров: {word}?"),
            relevant=f"{used} = 'yes'",
            parameters="start=0 end=100 step=10",
        )
        s.ask(
            "select_one yn",
            f"paid_{number}",
            ("Did you have to pay?", "Пришлось ли платить?"),
            relevant=f"{used} = 'yes'",
        )
        s.ask(
            "integer",
            f"sum_{number}",
            ("How much?", "Сколько?"),
            relevant=f"${{paid_{number}}} = 'yes'",
            constraint=". > 0",
        )
        s.ask(
            "date",
            f"last_{number}",
            ("When was it last?", "Когда в последний раз?"),
            relevant=f"{used} = 'yes'",
            constraint=". <= today()",
        )
    s.end("group")


def _offices(s: Survey) -> None:
    for topic, english, word in (
        ("police", "the police", "полиция"), ("court", "courts", "суд"), ("school_", "the school", "школа"), ("clinic", "the clinic", "поликлиника"),
        ("mayor", "the mayor's office", "акимат"), ("bank", "a bank", "банк"), ("job", "the job centre", "центр занятости"), ("tax", "the tax office", "налоговая"),
    ):  # fmt: skip
        s.begin("group", f"with_{topic}", (f"You and {english}", f"Вы и {word}"))
        went = s.ask(
            "select_one yn",
            f"{topic}_went",
            (f"Did you turn to {english} this year?", f"Обращались ли вы в этом году: {word}?"),
        )
        for name, label in {
            "heard": ("Were you listened to?", "Вас выслушали?"), "helped": ("Were you helped?", "Вам помогли?"),
            "asked": ("Were you asked for money?", "У вас просили денег?"), "again": ("Would you turn there again?", "Обратитесь ли снова?"),
        }.items():  # fmt: skip
            s.ask("select_one yn", f"{topic}_{name}", label, relevant=f"{went} = 'yes'")
        s.ask(
            "range",
            f"{topic}_trust",
            (
                f"How far do you trust {english}, from 0 to 10?",
                f"Насколько вы доверяете, от 0 до 10: {word}?",
            ),
            parameters="start=0 end=10 step=1",
        )
        s.ask(
            "text",
            f"{topic}_told",
            ("What happened there?", "Что там произошло?"),
            relevant=f"${{{topic}_asked}} = 'yes'",
            appearance="multiline",
        )
        s.end("group")


def _year(s: Survey) -> None:
    s.begin("group", "year", ("The year", "Год"))
    months = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
    words_of_months = (
        "январь",
        "февраль",
        "март",
        "апрель",
        "май",
        "июнь",
        "июль",
        "август",
        "сентябрь",
        "октябрь",
        "ноябрь",
        "декабрь",
    )
    for number, (month, word) in enumerate(zip(months, words_of_months, strict=True), 1):
        s.ask("integer", f"month_{number}", (f"Income in {month}", f"Доход за {word}"), constraint=". >= 0")
        s.ask(
            "integer", f"spent_{number}", (f"Expenses in {month}", f"Расходы за {word}"), constraint=". >= 0"
        )
    totals = " + ".join(f"coalesce(${{month_{number}}}, 0)" for number in range(1, 13))
    s.ask("calculate", "year_income", calculation=totals)
    s.ask(
        "note",
        "year_told",
        ("Your income of the year is ${year_income}.", "Ваш доход за год: ${year_income}."),
    )
    s.end("group")


def _worries(s: Survey) -> None:
    s.begin("group", "worries", ("Worries", "Тревоги"))
    for name, label in {
        "prices": ("prices", "цены"), "war": ("war", "война"), "crime": ("crime", "преступность"), "drought": ("drought", "засуха"),
        "smoke": ("smog", "смог"), "floods": ("floods", "паводки"), "illness": ("illness", "болезни"), "loneliness": ("loneliness", "одиночество"),
        "loans": ("loans", "кредиты"), "eviction": ("eviction", "выселение"), "future": ("the future", "будущее"), "children": ("the children", "дети"),
    }.items():  # fmt: skip
        s.ask(
            "range",
            f"worry_{name}",
            (f"How much do you worry about {label[0]}?", f"Насколько вас тревожит: {label[1]}?"),
            parameters="start=0 end=4 step=1",
        )
        s.ask(
            "text", f"worry_{name}_why", ("What exactly?", "Что именно?"), relevant=f"${{worry_{name}}} > 2"
        )
    s.ask(
        "integer",
        "asleep",
        ("How many hours did you sleep last night?", "Сколько часов вы спали прошлой ночью?"),
        constraint=". >= 0 and . <= 24",
    )
    s.end("group")


def facility() -> str:
    """Stock and staff of a health facility, in French: 122 questions."""
    s = Survey("facility", "Formation sanitaire", ("Français (fr)",))
    s.list("on", oui=("Oui",), non=("Non",))
    s.list("etat", bon=("Bon",), moyen=("Moyen",), mauvais=("Mauvais",))
    s.ask("text", "nom", ("Nom de la formation",), required="yes")
    s.ask("geopoint", "lieu", ("Où se trouve-t-elle ?",))
    s.ask(
        "date", "visite", ("Jour de la visite",), required="yes", constraint=". <= today()", default="today()"
    )
    for code, word in {
        "paludisme": "antipaludiques", "tb": "antituberculeux", "arv": "antirétroviraux", "sro": "sels de réhydratation", "fer": "fer",
        "amox": "amoxicilline", "para": "paracétamol", "ocyt": "ocytocine", "insul": "insuline", "zinc": "zinc", "gants": "gants", "tests": "tests rapides",
        "bcg": "vaccin BCG", "polio": "vaccin polio", "roug": "vaccin rougeole", "penta": "vaccin pentavalent",
    }.items():  # fmt: skip
        s.begin("group", f"g_{code}", (word.capitalize(),))
        there = s.ask("select_one on", f"{code}_la", (f"Y a-t-il : {word} ?",), required="yes")
        stock = s.ask(
            "integer",
            f"{code}_stock",
            ("Combien d'unités en stock ?",),
            relevant=f"{there} = 'oui'",
            constraint=". >= 0 and . <= 10000",
            required="yes",
        )
        s.ask("date", f"{code}_exp", ("Date de péremption la plus proche",), relevant=f"{stock} > 0")
        s.ask(
            "integer",
            f"{code}_jours",
            ("Combien de jours de rupture ce mois ?",),
            relevant=f"{there} = 'non'",
            constraint=". >= 1 and . <= 31",
        )
        s.ask(
            "note",
            f"{code}_alerte",
            (f"Stock faible : {word}, il reste ${{{code}_stock}}.",),
            relevant=f"{stock} < 10 and {stock} != ''",
        )
        s.end("group")
    s.begin("repeat", "agent", ("Agent",), repeat_count="2")
    s.ask("text", "agent_role", ("Fonction",), required="yes")
    s.ask("integer", "agent_age", ("Âge",), constraint=". >= 16 and . <= 80")
    s.ask("select_one on", "agent_paye", ("Payé ce mois ?",))
    s.end("repeat")
    s.begin("group", "batiment", ("Le bâtiment",), appearance="table-list")
    for name in ("toit", "murs", "sol", "portes", "latrines", "eau", "lumiere", "cuisine"):
        s.ask("select_one etat", name, (name.capitalize(),))
    s.end("group")
    for number in range(1, 13):
        s.ask("integer", f"cas_{number}", (f"Cas de paludisme, mois {number}",), constraint=". >= 0")
        s.ask(
            "integer",
            f"deces_{number}",
            (f"Décès, mois {number}",),
            constraint=f". >= 0 and . <= ${{cas_{number}}}",
            relevant=f"${{cas_{number}}} > 0",
        )
    s.ask(
        "calculate",
        "cas",
        calculation=" + ".join(f"coalesce(${{cas_{number}}}, 0)" for number in range(1, 13)),
    )
    s.ask("note", "total", ("${cas} cas dans l'année.",))
    s.ask("select_multiple probleme or_other", "problemes", ("Quels problèmes ?",))
    s.list("probleme", route=("La route",), courant=("Le courant",), argent=("L'argent",))
    s.ask("image", "photo", ("Une photo du bâtiment",), parameters="max-pixels=1024")
    s.ask("acknowledge", "fini", ("J'ai tout vérifié",), required="yes")
    return str(s)


def farm() -> str:
    """Crops, animals and land of a farm, in Kazakh, Russian and English: 76 questions."""
    s = Survey("farm", "Шаруашылық", ("Қазақша (kk)", "Русский (ru)", "English (en)"))
    s.list("yn", yes=("Иә", "Да", "Yes"), no=("Жоқ", "Нет", "No"))
    s.list("unit", kg=("Килограмм", "Килограммы", "Kilograms"), t=("Тонна", "Тонны", "Tonnes"))
    s.ask("text", "name", ("Шаруашылықтың аты", "Название хозяйства", "Name of the farm"), required="yes")
    s.ask("geoshape", "field", ("Егістікті айналып шығыңыз", "Обойдите поле", "Walk around the field"))
    s.ask("calculate", "hectares", calculation="round(area(${field}) div 10000, 2)")
    s.ask(
        "note",
        "large",
        ("Егістік: ${hectares} га", "Поле: ${hectares} га", "The field has ${hectares} ha"),
        relevant="${field} != ''",
    )
    for code, label in {
        "wheat": ("Бидай", "Пшеница", "Wheat"), "barley": ("Арпа", "Ячмень", "Barley"), "rice": ("Күріш", "Рис", "Rice"),
        "cotton": ("Мақта", "Хлопок", "Cotton"), "melon": ("Қауын", "Дыни", "Melons"), "potato": ("Картоп", "Картофель", "Potatoes"),
        "onion": ("Пияз", "Лук", "Onions"), "beet": ("Қызылша", "Свёкла", "Beet"), "maize": ("Жүгері", "Кукуруза", "Maize"),
    }.items():  # fmt: skip
        s.begin("group", f"g_{code}", label)
        grown = s.ask(
            "select_one yn",
            code,
            ("Осы дақылды өсіресіз бе?", "Выращиваете ли вы эту культуру?", "Do you grow it?"),
            required="yes",
        )
        amount = s.ask(
            "decimal",
            f"{code}_amount",
            ("Қанша жинадыңыз?", "Сколько собрали?", "How much was the harvest?"),
            relevant=f"{grown} = 'yes'",
            required="yes",
            constraint=". >= 0",
        )
        s.ask(
            "select_one unit",
            f"{code}_unit",
            ("Қандай өлшеммен?", "В каких единицах?", "In which unit?"),
            relevant=f"{amount} > 0",
            required="yes",
        )
        s.ask(
            "decimal",
            f"{code}_sold",
            ("Қаншасын саттыңыз?", "Сколько продали?", "How much was sold?"),
            relevant=f"{amount} > 0",
            constraint=f". >= 0 and . <= {amount}",
        )
        s.ask(
            "decimal",
            f"{code}_price",
            ("Бағасы қандай?", "По какой цене?", "At which price?"),
            relevant=f"${{{code}_sold}} > 0",
            constraint=". > 0",
        )
        s.end("group")
    s.begin("repeat", "animal", ("Мал", "Скот", "Animals"))
    s.ask("text", "animal_kind", ("Қандай мал?", "Какие животные?", "Which animals?"), required="yes")
    s.ask(
        "integer",
        "animal_number",
        ("Нешеу?", "Сколько голов?", "How many?"),
        required="yes",
        constraint=". >= 1",
    )
    s.ask(
        "integer",
        "animal_lost",
        ("Биыл нешеуі өлді?", "Сколько пало за год?", "How many died this year?"),
        constraint=". >= 0 and . <= ${animal_number}",
    )
    s.end("repeat")
    s.ask("calculate", "heads", calculation="sum(${animal_number})")
    for code, label in {
        "drought": ("құрғақшылық", "засуха", "drought"), "flood": ("су тасқыны", "наводнение", "a flood"), "frost": ("үсік", "заморозки", "frost"),
        "locust": ("шегіртке", "саранча", "locusts"), "fire": ("өрт", "пожар", "a fire"), "theft": ("ұрлық", "кража", "theft"),
    }.items():  # fmt: skip
        hit = s.ask(
            "select_one yn",
            code,
            (
                f"Биыл {label[0]} болды ма?",
                f"Была ли в этом году беда: {label[1]}?",
                f"Was there {label[2]} this year?",
            ),
        )
        s.ask(
            "date",
            f"{code}_when",
            ("Қашан?", "Когда?", "When?"),
            relevant=f"{hit} = 'yes'",
            constraint=". <= today()",
            required="yes",
        )
        s.ask(
            "range",
            f"{code}_loss",
            (
                "Өнімнің қанша пайызы жойылды?",
                "Какой процент урожая потерян?",
                "Which per cent of the harvest was lost?",
            ),
            relevant=f"{hit} = 'yes'",
            parameters="start=0 end=100 step=10",
        )
        s.ask("image", f"{code}_photo", ("Фото", "Фото", "A photo"), relevant=f"${{{code}_loss}} > 50")
    s.ask(
        "note",
        "end",
        ("${heads} бас мал. Рақмет!", "Голов скота: ${heads}. Спасибо!", "${heads} heads. Thank you!"),
        relevant="${heads} > 0",
    )
    return str(s)


if __name__ == "__main__":
    for make in (household, facility, farm):
        (Path(sys.argv[1]) / f"{make.__name__}.md").write_text(make(), "utf-8")
