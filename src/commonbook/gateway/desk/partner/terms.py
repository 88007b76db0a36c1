"""A brand's terms: for its traders and its own staff."""

from typing import Any

from litestar import put
from litestar.params import FromPath

from commonbook.administration.roles import May
from commonbook.gateway.desk import texts
from commonbook.gateway.desk.administration import number
from commonbook.gateway.desk.asked import Asking
from commonbook.people import directory
from commonbook.terms import service


@put("/users/{user:str}/country/{country:str}", needs=May.RESTRICT, fresh=True, status_code=200)
async def correct_country(asked: Asking, user: FromPath[str], country: FromPath[str]) -> dict[str, str]:
    """Put right which country's texts hold for a user."""
    whose = number(user, "user")

    def work(connection: Any) -> None:
        directory.must_be_of(connection, whose, asked.brand)
        service.set_country(connection, whose, country)
        asked.log(connection, "correct country", f"user:{whose}", country=country)

    await asked.desk.write(work)
    return {"user": user, "country": country}


ROUTES = [*texts.ROUTES, correct_country]
