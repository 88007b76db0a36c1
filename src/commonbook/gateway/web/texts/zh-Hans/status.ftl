# What works now.
status-title = 服务状态
status-whole-yes = 一切正常。
status-whole-partly = 部分服务异常。
status-whole-no = 交易已停止。
status-asked = 截至
status-parts = 各项服务
status-part-trading = 交易
status-part-history = 历史与结算单
status-part-sign-up = 注册
status-part-deposits = 充值
status-part-withdrawals = 提现
status-part-simulated = 模拟交易
status-works-yes = 正常
status-works-partly = 受限
status-works-no = 不可用
status-works-absent = 不提供
status-halted = 交易暂停
status-stopped = 目前不受理下单，仅受理撤单。
status-none-halted = { $count ->
   *[other] 全部 { $count } 个市场正常交易。
}
status-state-live = 已停止
status-state-halted = 已暂停
status-state-cancel-only = 仅可撤单
status-days = 最近 90 天的可用率
status-days-how = 每一格为一个 UTC 日。灰色表示当天没有记录。
status-since = 连续记录起始于
status-unknown = 未知
status-news = 公告
status-news-none = 暂无公告。
status-read = 阅读
