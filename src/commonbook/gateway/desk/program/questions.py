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
    """In words, and the codes by which a page that speaks more languages has words of its own."""

    asked: str
    answers: list[str]
    points: list[str]
    code: str
    answer_codes: list[str]
    point_codes: list[str]


class QuestionsTold(msgspec.Struct, frozen=True):
    language: str  # the one that comes nearest to what was asked for
    host: str
    text_characters: int  # the longest text that an application takes
    intake_address: str  # of mails with applications; empty: none is read
    questions: list[QuestionTold]
    values: dict[str, str | int]  # which the words speak of


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
            QuestionTold(
                *(one.asked, list(one.answers), list(one.points)),
                *(one.code, list(one.answer_codes), list(one.point_codes)),
            )
            for one in pages.questions(chosen, found)
        ],
        values=pages.values_of(found),
    )


ROUTES = [questions]
