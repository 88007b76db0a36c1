"""What the demo shows: the outcome of the play as tables, and how to reach the serving exchange."""

import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from commonbook.console.serve import Serving
from commonbook.simulator.demo_brands import BRANDS, FIRST_BRAND
from commonbook.simulator.play import Played

_DECIMALS = 8


def show(played: Played, console: Console) -> None:
    """The outcome, for 100 columns."""
    exact = played.tape_exact == played.tape_trades == played.trades
    verdict = "[green]every one exact[/]" if exact else "[red]differs[/]"
    tape = f"{played.tape_exact} of {played.tape_trades} real trades, {played.trades} printed: {verdict}"
    console.print(f"\n[bold]tape[/]  {tape};  {played.commands:,} commands in {played.seconds} s\n")
    for table in (_volume(played), _claims(played), _commission(played), _settlements(played)):
        console.print(table)
    console.print(f"ledger difference  [bold]{played.ledger_difference}[/]")
    console.print(f"state hash         {played.state_hash}\n")


def _volume(played: Played) -> Table:
    table = Table("brand", title="volume and revenue (USDT)", title_justify="left")
    for name in ("attributed volume", "side volume", "fills", "both sides own", "brand revenue"):
        table.add_column(name, justify="right")
    for name, volume in played.volume.items():
        amounts = (_aligned(volume["attributed_volume"]), _aligned(volume["side_volume"]))
        table.add_row(name, *amounts, volume["fills"], volume["internal_fills"], _aligned(played.revenue[name]))
    table.add_section()
    table.add_row("book", _aligned(played.book_volume), "", str(played.trades), "", "")
    return table


def _claims(played: Played) -> Table:
    table = Table("claim", title="one fee, all claims (USDT)", title_justify="left")
    table.add_column("amount", justify="right")
    for name, amount in played.claims.items():
        table.add_row(name.replace("_", " "), _aligned(amount))
    table.add_section()
    table.add_row("net fee", _aligned(next(iter(played.net_fee.values()))))
    return table


def _commission(played: Played) -> Table:
    table = Table("broker", "reason", title="commission by reason (USDT)", title_justify="left")
    table.add_column("fill sides", justify="right")
    table.add_column("commission", justify="right")
    for broker, reasons in played.commission.items():
        for reason, row in reasons.items():
            table.add_row(broker, reason, row["sides"], _aligned(row["amount"]))
    return table


def _settlements(played: Played) -> Table:
    table = Table("broker", "hour", "state", "statement", title="settled by the hour (USDT)", title_justify="left")
    table.add_column("paid", justify="right")
    for row in played.settlements:
        hour = time.strftime("%Y-%m-%d %H:00", time.gmtime(int(row["hour"]) * 3600))
        table.add_row(row["broker"], hour, row["state"], row["statement"], _aligned(row["amount"]))
    return table


def _aligned(amount: str) -> str:
    """A decimal string for a column: thousands marked, as many decimals as its neighbours."""
    whole, _, fraction = amount.partition(".")
    return f"{int(whole):,}.{fraction:0<{_DECIMALS}}"


def tell(serving: Serving, data: Path, console: Console) -> None:
    """Where the exchange is, keys with two lines that can be pasted as they are, and last who can sign in."""
    console.print(f"\n[bold]serving[/] {serving.rest}   Ctrl-C ends it, the next start resumes")
    console.print(f"  data    {data}  (logs in {data / 'logs'})\n", soft_wrap=True)
    if not serving.accounts:
        return
    shown = {account["brand"]: account for account in reversed(serving.accounts)}
    for brand, account in [*sorted(shown.items()), *(("simulated", account) for account in serving.simulated[:1])]:
        console.print(f"  {brand:<10}key         {account['api_key']}")
        console.print(f"  {'':<10}secret      {account['api_secret']}")
        console.print(f"  {'':<10}passphrase  {account['api_passphrase']}")
    if serving.simulated:
        console.print(
            "  (the last is of simulated trading: test funds, with the header x-simulated-trading: 1)", style="dim"
        )
    console.print("\n  [bold]try[/]")
    console.print(f"  curl '{serving.rest}/api/v5/market/ticker?instId=BTC-USDT'\n", soft_wrap=True)
    console.print(f"  {_ccxt_line(serving.rest, shown[BRANDS[FIRST_BRAND]])}", soft_wrap=True, markup=False)
    console.print("  (any OKX v5 client will do; this one is from `pip install ccxt`)", style="dim")
    _tell_logins(serving, console)


def _tell_logins(serving: Serving, console: Console) -> None:
    """The address of each brand and of the host, and below it who signs in there and sees what."""
    port = serving.rest.rsplit(":", 1)[1]
    console.print("\n  [bold]open in a browser[/]  and sign in; the passwords are this folder's own")
    at = ""
    for one in serving.logins:
        address = f"http://{one['brand']}.localhost:{port}" if one["brand"] else serving.rest
        if address != at:
            console.print(f"  {address}" + ("" if one["brand"] else "  (the host's own address)"), markup=False)
        at = address
        console.print(f"    {one['who']:<9} {one['email']:<27} {one['password']:<24} {one['page']}", markup=False)
    console.print(
        "  (operator asks, second approves; no second factor is needed: what asks for one takes the password)\n",
        style="dim",
    )


def _ccxt_line(rest: str, account: dict[str, str]) -> str:
    """Buy a little at the market and print the price it was had for."""
    program = (
        f"import ccxt; x = ccxt.okx({{'apiKey': '{account['api_key']}', 'secret': '{account['api_secret']}', "
        f"'password': '{account['api_passphrase']}'}}); x.urls['api']['rest'] = '{rest}'; "
        "o = x.create_order('BTC/USDT', 'limit', 'buy', 0.01, 80000); "
        "print(x.fetch_order(o['id'], 'BTC/USDT')['average'])"
    )
    return f'python3 -c "{program}"'
