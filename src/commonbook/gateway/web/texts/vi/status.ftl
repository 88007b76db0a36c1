# What works now.
status-title = Trạng thái
status-whole-yes = Mọi thứ hoạt động bình thường.
status-whole-partly = Có phần chưa hoạt động bình thường.
status-whole-no = Giao dịch đã dừng.
status-asked = Tính đến
status-parts = Tình trạng từng phần
status-part-trading = Giao dịch
status-part-history = Lịch sử và bảng kê
status-part-sign-up = Đăng ký
status-part-deposits = Nạp
status-part-withdrawals = Rút
status-part-simulated = Giao dịch mô phỏng
status-works-yes = Hoạt động
status-works-partly = Hạn chế
status-works-no = Không hoạt động
status-works-absent = Không cung cấp
status-halted = Tạm ngừng
status-stopped = Hiện không nhận lệnh mới. Lệnh hủy vẫn được nhận.
status-none-halted = { $count ->
   *[other] Tất cả { $count } mã đều đang giao dịch.
}
status-state-live = Đã dừng
status-state-halted = Tạm ngừng
status-state-cancel-only = Chỉ nhận hủy
status-days = Hoạt động trong 90 ngày qua
status-days-how = Mỗi cột là một ngày UTC. Màu xám là ngày không có dữ liệu.
status-since = Không gián đoạn từ
status-unknown = không rõ
status-news = Thông báo
status-news-none = Chưa có thông báo nào.
status-read = Đọc
