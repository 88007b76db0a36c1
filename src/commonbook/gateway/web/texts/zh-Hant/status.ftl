# What works now.
status-title = 服務狀態
status-whole-yes = 一切正常。
status-whole-partly = 部分服務異常。
status-whole-no = 交易已停止。
status-asked = 截至
status-parts = 各項服務
status-part-trading = 交易
status-part-history = 歷史與結算單
status-part-sign-up = 註冊
status-part-deposits = 入金
status-part-withdrawals = 提領
status-part-simulated = 模擬交易
status-works-yes = 正常
status-works-partly = 受限
status-works-no = 不可用
status-works-absent = 不提供
status-halted = 交易暫停
status-stopped = 目前不受理下單，僅受理撤單。
status-none-halted = { $count ->
   *[other] 全部 { $count } 個市場正常交易。
}
status-state-live = 已停止
status-state-halted = 已暫停
status-state-cancel-only = 僅可撤單
status-days = 最近 90 天的可用率
status-days-how = 每一格為一個 UTC 日。灰色表示當天沒有記錄。
status-since = 連續記錄起始於
status-unknown = 未知
status-news = 公告
status-news-none = 暫無公告。
status-read = 閱讀
