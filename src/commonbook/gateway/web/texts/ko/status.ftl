# What works now.
status-title = 상태
status-whole-yes = 모두 정상 작동합니다.
status-whole-partly = 일부가 정상적으로 작동하지 않습니다.
status-whole-no = 거래가 중단되었습니다.
status-asked = 기준 시각
status-parts = 서비스별 상태
status-part-trading = 거래
status-part-history = 내역과 명세서
status-part-sign-up = 회원가입
status-part-deposits = 입금
status-part-withdrawals = 출금
status-part-simulated = 모의 거래
status-works-yes = 정상
status-works-partly = 제한적
status-works-no = 작동 안 함
status-works-absent = 제공 안 함
status-halted = 거래 정지
status-stopped = 지금은 주문을 받지 않습니다. 취소는 접수됩니다.
status-none-halted = { $count ->
   *[other] { $count }개 종목이 모두 거래 중입니다.
}
status-state-live = 중단됨
status-state-halted = 정지됨
status-state-cancel-only = 취소만 가능
status-days = 최근 90일 가동 현황
status-days-how = 막대 하나는 UTC 기준 하루입니다. 회색은 기록이 없는 날입니다.
status-since = 중단 없이 가동
status-unknown = 알 수 없음
status-news = 공지
status-news-none = 공지가 없습니다.
status-read = 읽기
