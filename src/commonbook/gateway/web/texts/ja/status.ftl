# What works now.
status-title = 稼働状況
status-whole-yes = すべて正常に稼働しています。
status-whole-partly = 一部に不具合があります。
status-whole-no = 取引は停止しています。
status-asked = 確認時刻
status-parts = サービス別の状況
status-part-trading = 取引
status-part-history = 履歴と明細書
status-part-sign-up = 新規登録
status-part-deposits = 入金
status-part-withdrawals = 出金
status-part-simulated = デモ取引
status-works-yes = 正常
status-works-partly = 制限あり
status-works-no = 停止
status-works-absent = 提供なし
status-halted = 取引停止
status-stopped = 現在、注文は受け付けていません。取消は受け付けます。
status-none-halted = { $count ->
   *[other] 全 { $count } マーケットで取引できます。
}
status-state-live = 停止
status-state-halted = 取引停止
status-state-cancel-only = 取消のみ
status-days = 過去 90 日間の稼働率
status-days-how = 1 本が UTC の 1 日です。灰色は記録のない日です。
status-since = 記録が途切れていない期間の開始：
status-unknown = 不明
status-news = お知らせ
status-news-none = お知らせはありません。
status-read = 読む
