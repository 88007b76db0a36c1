"""Orders as the back office writes them down, whatever their commands carried beside what counts."""

from pathlib import Path

from spec.small_exchange import MAKER, SmallExchange, order

from commonbook.records import OrderType, Side, SizeIn, words
from commonbook.storage.schema import orders


def test_what_a_command_carries_in_place_of_the_other_size_is_not_written_down(tmp_path: Path) -> None:
    # The engine reads one size; a client of records may leave anything in the place of the other.
    with SmallExchange(tmp_path) as exchange:
        sell = order(MAKER, Side.SELL, "7", client_id=b"base")
        sell["quote_amount"] = words(2**127 - 1)
        exchange.send(sell)
        buy = order(MAKER, Side.BUY, "7", order_type=OrderType.MARKET, size_in=SizeIn.QUOTE, client_id=b"quote")
        buy["quote_amount"] = words(5)
        exchange.send(buy)
        rows = {row["client_id"]: row for row in exchange.rows(orders, "order_id")}
        assert rows["base"]["quote_amount"] == 0
        assert (rows["quote"]["quote_amount"], rows["quote"]["quantity_lots"]) == (5, 0)


def test_a_name_that_is_no_text_is_written_down_with_marks_in_its_place(tmp_path: Path) -> None:
    with SmallExchange(tmp_path) as exchange:
        exchange.send(order(MAKER, Side.SELL, "7", client_id=b"\xffa\x00b", tag=b"\xfe"))
        (row,) = exchange.rows(orders, "order_id")
        assert (row["client_id"], row["tag"]) == ("\ufffda\ufffdb", "\ufffd")
