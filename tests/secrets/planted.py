"""What is planted, what protects it, and where alone it may stand."""

from collections.abc import Mapping

from tests.end_to_end.details import Affected, Details
from tests.end_to_end.people import Dated
from tests.end_to_end.reporting import Told
from tests.secrets.planted_files import IN_FILES, files
from tests.secrets.spellings import Secret

# As long as Telegram's ids can become (52 bits): a shorter one could stand in as many random bytes by chance.
REPORTER, SILENT, STRANGER = 2_987_654_321_123_457, 3_678_912_345_765_431, 4_089_123_451_357_911
MODERATOR, HASTY = 3_123_456_789_246_813, 3_543_219_876_424_681

_FILES = files()
PLANTED: Mapping[str, Secret] = {
    **IN_FILES,
    **{f"content of the {name}": content[len(content) // 2 :][:64] for name, content in _FILES.items()},
    "reporter's id": REPORTER,
    "reporter's name": "Қарлығаш Өтепова",
    "reporter's username": "karlygash_utep_77",
    "story": "Мені Ғалымжан Сынақбаев түнде ұстап, қорқытты",
    "name in the story": "Ғалымжан Сынақбаев",
    "telephone of a contact": "+77019998877",
    "words after a command": "Сәбираның қосымша мәліметі",
    "id of the silent": SILENT,
    "name of the silent": "Ернұр Жасырынов",
    "story of the draft": "Редакцияның есігін бұзып кірді, әлі айтып біткен жоқпын",
    "id of the hasty": HASTY,
    "name of the hasty": "Айсұлу Асыққанова",
    "words before consent": "Көмектесіңдерші, Нұрәсем Тілеубекті алып кетті",
    "id of the stranger": STRANGER,
    "name of the stranger": "Шолпан Бөтенқызы",
    "username of the stranger": "sholpan_boten_88",
    "moderator's id": MODERATOR,
    "moderator's name": "Дархан Шынымұлы",
    "moderator's username": "darkhan_shyn_99",
    "title": "Журналистерді Үлкен алаңда ұстады",
    "summary": "Үлкен алаңда екі журналист бірнеше сағат ұсталды, айып тағылмады",
    "story of the rejected": "Көршілер Жұлдызбай Бүркенов туралы жала жапты",
    "name of a person": "Бекзат Жанұзақов",
    "latitude of the place": "43.238191",
    "longitude of the place": "76.945617",
    "question in own words": "Ғалымжанды қай бөлімшеге апарды?",
    "words of an answer": "Оны Әйтеке би көшесіндегі бөлімшеге апарды",
    "note of a moderator": "Айкөркем Түсіпованың айтқаны суретке сай",
    "words that were added": "Кеше тағы да Сырымбет Қалдыбаевты шақырды",
    "words of a search": "Жанәсем Қоңыратбаева",
    "words of an error": "Жеңісгүл Қателікова",
}
"""What the bot is given. The receipts' codes, the invitation's token, and the operator's keys come to it in a life."""

ALLOWED: Mapping[str, tuple[frozenset[str], str]] = {
    "export": (frozenset({"title", "summary"}), "moderators wrote them for the public, and approved them"),
    "country update": (frozenset({"title", "summary"}), "the same"),
}
"""What may be found, by the beginning of the place, and why. All else is a leak, wherever it stands."""

NEVER_KEPT = frozenset(
    {
        "reporter's name", "reporter's username", "name of the silent", "name of the hasty", "name of the stranger",
        "username of the stranger", "moderator's name", "moderator's username", "telephone of a contact",
        "words after a command", "bot's token", "ring's key", "lookup key", "audit key",
    }
)  # fmt: skip
"""What is not even kept sealed."""

UNSEEN_IN_NAMES = frozenset({"words of an error"})
"""What only the log's formatter holds back."""

TOLD = Told(
    category="detention",
    types=("detention.short_term",),
    story=(str(PLANTED["story"]), "Мұны көршілер де көрді."),
    when=Dated("2024-03"),
    region="KZ-75",
    asks=True,
    details=Details(
        place=(float(str(PLANTED["latitude of the place"])), float(str(PLANTED["longitude of the place"]))),
        affected=(
            Affected(("activist",), number="1", name_ok="agreed", name=str(PLANTED["name of a person"])),
        ),
    ),
)
REJECTED = Told(
    category="detention",
    types=("detention.short_term",),
    story=(str(PLANTED["story of the rejected"]),),
    when=Dated("2024-03"),
    region="KZ-75",
)
