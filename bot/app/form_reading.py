"""Files of forms that administrators sent, fetched and read in a confined process."""

import asyncio
import logging
from functools import partial

from bot.app import questionnaires
from bot.app.work import Work
from bot.chat.renderer import Renderer
from bot.desk.forms import chat as forms_chat
from bot.desk.forms import service as forms_service
from bot.desk.notices.taking_back import Post
from bot.form.model import Form
from bot.form.xlsform import confined
from bot.safety.logs import where
from bot.store import faults
from bot.store.unit import UnitOfWork
from bot.transport.api import Api
from bot.transport.outbox import Enqueue, Outbox

log = logging.getLogger(__name__)
NOT_FETCHED = "The file could not be fetched from Telegram. Send it again."
LOOK_SECONDS = 5.0
"""Pause between looks at forms that another replica put into force."""


class FormReading:
    """Rounds of the job: read files that came, then the forms in force."""

    def __init__(self, api: Api, work: Work, enqueue: Enqueue, renderer: Renderer) -> None:
        self._api, self._work, self._enqueue, self._renderer = api, work, enqueue, renderer

    async def once(self) -> None:
        async with self._work.read() as unit:
            uploads = await forms_service.uploads(unit)
        for row_id, file_id, name in uploads:
            form, said = await self._read(file_id, name)
            await self._enqueue(partial(self._tell, row_id, form, said))
        await self._work.read_forms()

    async def _read(self, file_id: str, name: str) -> tuple[Form | None, list[str]]:
        try:
            file = await self._api.bot.get_file(file_id)
            content = bytes(await file.download_as_bytearray())
        except Exception as error:
            if not faults.is_final_for_file(error):
                raise
            log.warning("fetching a form failed: %s", where(error))
            return None, [NOT_FETCHED]
        form, said = await asyncio.to_thread(confined.read, name, content)
        if form is not None and (fault := questionnaires.report_form_fault(questionnaires.around(form))):
            return None, [fault]
        return form, said

    async def _tell(
        self, row_id: str, form: Form | None, said: list[str], unit: UnitOfWork, outbox: Outbox
    ) -> None:
        await forms_chat.tell_read(Post(self._renderer, unit, outbox), row_id, form, said)
