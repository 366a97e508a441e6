"""Reports that were decided and sealed, in a bundle, for an organisation of two recipients."""

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bot.desk.card import service as card_service
from bot.desk.decisions import service as decisions_service
from bot.desk.people import service as people_service
from bot.form.answers import Chosen, FileKind
from bot.publish import bundles
from bot.publish.bundles import Asked
from bot.reports import claims
from bot.reports.talk import messages
from bot.reports.talk.messages import MessageContent
from bot.safety import offline
from bot.safety.cleaning import cleaner
from bot.store import archive_keys, files, vault
from bot.store.file_store import FolderStore
from bot.store.files import Incoming
from bot.store.unit import UnitOfWork
from db.models import PublicVersion, Report, TalkMessage
from tests.bench import Bench, approve_proposal, text
from tests.bot.safety.cleaning import planted

FIRST, SECOND, STRANGER = (offline.new_identity() for _ in range(3))
RECIPIENTS = tuple(map(offline.recipient_of, (FIRST, SECOND)))
STORY, NARROW, REJECTED = "Ғалымжанды түнде ұстады", "Об этом знают только свои", "Соседи оклеветали Жулдыз"
ORGANISATION = "Мысал ұйым"
WORDS, NOTE, TITLE = "Оны Әйтеке би көшесіне апарды", "Айкөркемнің айтқаны сай", "Үлкен алаңда ұстады"
PICTURE = planted.jpeg()


@dataclass(frozen=True, slots=True)
class Life:
    """References of three reports by the consent or end of each, the plain tar, the server's identity, and the installation's id."""

    public: str
    shared: str
    rejected: str
    tar: bytes
    server: str
    installation: str

    def write(self, path: Path, tar: bytes | None = None, to: tuple[str, ...] = RECIPIENTS) -> Path:
        """Bundle of this tar, or another one."""
        path.write_bytes(offline.seal_to(to, self.tar if tar is None else tar))
        return path

    def members(self) -> dict[str, bytes]:
        """Members of the tar, by name."""
        with tarfile.open(fileobj=io.BytesIO(self.tar)) as tar:
            return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr] # all are files


def tarred(members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    """Tar of these members."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.type = len(content), kind
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


async def lived(bench: Bench, folder: Path) -> Life:
    """Three reports: told, talked of, decided and sealed, with a picture in a store of this folder."""
    bench.settings = bench.settings.model_copy(
        update={"archive_recipients": RECIPIENTS, "organisation": {"": ORGANISATION}}
    )
    store = FolderStore(folder)
    async with bench.write() as unit:
        for recipient in RECIPIENTS:
            await archive_keys.answer(unit, recipient, archive_keys.word(unit, recipient))
        moderator = await bench.moderator(unit, "Aspan", people_service.ADMIN)
        public = (await bench.submit(unit, story=text(STORY))).report
        shared = (await bench.submit(unit, story=text(NARROW), consent_use=Chosen(("share_trusted",)))).report
        rejected = (await bench.submit(unit, story=text(REJECTED))).report
        for one in (public, shared):
            await bench.propose(unit, moderator, one, title=text(TITLE))
        await talk(unit, public, store)
        await card_service.add_note(unit, moderator, public, NOTE)
        for one in (public, shared):
            await approve_proposal(unit, moderator, one)
        await claims.claim(unit, moderator, rejected)
        await decisions_service.reject(unit, moderator, rejected, "spam")
    async with bench.write() as unit:
        for one in (public, shared, rejected):
            await seal(unit, await claims.find(unit, one.ref))
    async with bench.write() as unit:
        server, installed = await archive_keys.server_identity(unit), await archive_keys.installation(unit)
    return Life(public.ref, shared.ref, rejected.ref, await bundled(bench, store), server, installed)


async def bundled(bench: Bench, store: FolderStore) -> bytes:
    """Plain tar of a bundle of all reports."""
    async with bench.write() as unit:
        bundle = await bundles.begin(unit, "system", Asked())
    return b"".join([piece async for piece in bundle.pieces(bench.read, bench.write, store)])


async def talk(unit: UnitOfWork, report: Report, store: FolderStore) -> None:
    """Words and a picture of the reporter, the picture under a key of its own."""
    key_id = vault.make_key(unit)
    ref = files.take_note(unit, key_id, Incoming(FileKind.PHOTO, "AgAD", "x.jpg", "image/jpeg", 3))
    await unit.session.flush()
    sealed = files.seal_file(unit.keys[key_id], ref.id, PICTURE, cleaner.clean(PICTURE), (), unit.hour)
    await store.put(ref.id, sealed.original)
    await store.put(files.copy_id(ref.id), sealed.copy or b"")
    assert await files.note_stored(unit, ref.id, sealed)
    said = MessageContent(WORDS, (ref,), hour=unit.hour)
    await messages.add(unit, report, said, from_reporter=True, files_key_id=key_id)


async def seal(unit: UnitOfWork, report: Report) -> None:
    """Seal all keys of a report but that of its public version."""
    of_files = select(TalkMessage.files_key_id).where(TalkMessage.report_id == report.id)
    of_versions = select(PublicVersion.data_key_id).where(PublicVersion.report_id == report.id)
    found = [report.data_key_id, *(await unit.session.scalars(of_files))]
    if report.consent_use != "publish_no_names":
        found += await unit.session.scalars(of_versions)
    key_ids = {one for one in found if one}
    await vault.open_keys(unit, key_ids)
    await archive_keys.seal_keys(unit, report.ref, key_ids, RECIPIENTS)
    report.sealed = True
