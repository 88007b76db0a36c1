"""The questions that everybody asks of the program, answered by what is in force. Rule PA-24."""

import msgspec
from litestar import get
from litestar.params import FromQuery

from commonbook.gateway.desk.asked import Asking
from commonbook.gateway.desk.needs import Needs
from commonbook.gateway.desk.program.applications import must_be_the_hosts_address
from commonbook.gateway.desk.program.page import program_told
from commonbook.partnership import pages
from commonbook.partnership.words import language_of


class QuestionTold(msgspec.Struct, frozen=True):
    asked: str
    answers: list[str]
    points: list[str]


class QuestionsTold(msgspec.Struct, frozen=True):
    language: str  # the one that comes nearest to what was asked for
    host: str
    text_characters: int  # the longest text that an application takes
    intake_address: str  # of mails with applications; empty: none is read
    questions: list[QuestionTold]


@get("/program/questions", needs=Needs.NOBODY)
async def questions(asked: Asking, language: FromQuery[str] = "") -> QuestionsTold:
    """Ten questions and their answers, with the values of the terms as they are now. At the host's own address."""
    must_be_the_hosts_address(asked)
    chosen = language_of(language, asked.language)
    found = await asked.desk.read(lambda connection: program_told(asked.desk, connection))
    return QuestionsTold(
        language=chosen,
        host=found.host,
        text_characters=asked.desk.settings.partnership.text_characters,
        intake_address=found.intake_address,
        questions=[
            QuestionTold(one.asked, list(one.answers), list(one.points)) for one in pages.questions(chosen, found)
        ],
    )


ROUTES = [questions]
