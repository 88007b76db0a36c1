# What works now.
status-title = Status
status-whole-yes = Everything works.
status-whole-partly = Something does not work as it should.
status-whole-no = Trading is stopped.
status-asked = As of
status-parts = What works
status-part-trading = Trading
status-part-history = History and statements
status-part-sign-up = Sign-up
status-part-deposits = Deposits
status-part-withdrawals = Withdrawals
status-part-simulated = Simulated trading
status-works-yes = Works
status-works-partly = Limited
status-works-no = Does not work
status-works-absent = Not offered
status-halted = Halts
status-stopped = No orders are taken at the moment. Cancels are.
status-none-halted = { $count ->
    [one] The one instrument trades.
   *[other] All { $count } instruments trade.
}
status-state-live = Stopped
status-state-halted = Halted
status-state-cancel-only = Cancels only
status-days = Served, of the last 90 days
status-days-how = Each bar is a day of UTC. Grey is a day of which we know nothing.
status-since = Without a gap since
status-unknown = not known
status-news = Announcements
status-news-none = Nothing was announced.
status-read = Read
