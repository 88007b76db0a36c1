# How to use the exchange; a brand may say any of it in its own words.
help-title = Trợ giúp về { $brand }
help-search = Tìm trong trợ giúp
help-lead = Giải đáp về tài khoản, lệnh, phí và API.
help-found = { $count ->
    [0] Không tìm thấy gì
   *[other] Tìm thấy trong { $count } chủ đề
}
help-nothing = Không có câu trả lời nào chứa đủ các từ này. Hãy thử ít từ hơn.
help-topics = Chủ đề
help-status = Tình trạng hoạt động hiện tại
help-support = Vẫn còn câu hỏi? Hãy viết tới

help-sign-up = Đăng ký như thế nào?
help-sign-up-1 = Chọn “Đăng ký” ở đầu trang, nhập địa chỉ email, mật khẩu từ mười ký tự trở lên và quốc gia của bạn.
help-sign-up-2 = Chúng tôi gửi mã tới địa chỉ của bạn. Hãy nhập mã trong vòng 15 phút; nếu sai nhiều lần, bạn cần bắt đầu lại.
help-sign-up-3 = Tài khoản giao dịch của bạn được mở ngay khi đăng ký. Bạn có thể giao dịch khi tài khoản có tiền.

help-deposit = Làm sao để có tiền giao dịch?
help-deposit-1 = Trong giao dịch mô phỏng, bạn được cấp tiền thử nghiệm: chuyển sang chế độ này, mở Tài sản và yêu cầu. Tiền này không có giá trị và không thể rút.
help-deposit-2 = Trong giao dịch thật, trang tài sản cho biết { $brand } nhận nạp những gì. Mục không hiển thị ở đó là không được cung cấp.

help-order = Đặt lệnh như thế nào?
help-order-1 = Mở Giao dịch, chọn thị trường, rồi mua hoặc bán. Nhập giá và số lượng; phiếu lệnh cho thấy phí, số tiền tạm giữ và giá xấu nhất trước khi bạn gửi.
help-order-2 = Tiền tạm giữ là phần được dành riêng khi lệnh còn mở. Khi lệnh bị hủy, số tiền này khả dụng trở lại ngay.
help-order-3 = Lệnh mở nằm bên dưới biểu đồ. Tại đó bạn có thể đổi giá, đổi số lượng hoặc hủy lệnh.

help-types = Có những loại lệnh nào?
help-types-1 = Giới hạn: khớp ở giá của bạn hoặc tốt hơn. Phần chưa khớp ngay sẽ chờ trong sổ lệnh.
help-types-2 = Thị trường: khớp ở các mức giá tốt nhất hiện có. Phần không thể khớp bị hủy.
help-types-3 = Chỉ maker: lệnh chỉ chờ trong sổ lệnh. Nếu sẽ khớp ngay, lệnh bị hủy.
help-types-4 = Khớp ngay hoặc hủy (IOC): khớp ngay phần có thể khớp, phần còn lại bị hủy.
help-types-5 = Khớp toàn bộ hoặc hủy (FOK): khớp toàn bộ ngay, hoặc không khớp gì.

help-fees = Chi phí là bao nhiêu?
help-fees-1 = Lệnh maker đã chờ trong sổ lệnh, lệnh taker khớp ngay. Phí là một phần của giá trị khớp, luôn tính bằng đồng tiền thứ hai của cặp.
help-fees-2 = Đây là mức phí của { $brand } vào lúc này, đúng như sàn đang thu:

help-api = Giao dịch bằng chương trình như thế nào?
help-api-1 = Chỉ cần một địa chỉ cho mọi việc: { $url }. API tuân theo OKX v5, nên ứng dụng khách đã dùng với OKX sẽ chạy được sau khi bạn đổi địa chỉ.
help-api-2 = Hãy tạo khóa trong phần cài đặt. Chỉ cấp các quyền cần thiết và ghi rõ các địa chỉ sử dụng khóa.
help-api-3 = Luồng dữ liệu ở { $socket }. Giá công khai không cần khóa. Hãy thử trong cửa sổ dòng lệnh:

help-security = Giữ an toàn cho tài khoản như thế nào?
help-security-1 = Thiết lập khóa truy cập hoặc ứng dụng xác thực trong cài đặt bảo mật, và giữ các mã khôi phục trên giấy.
help-security-2 = Không ai của { $brand } hỏi mật khẩu, mã hoặc khóa bí mật API của bạn.
help-security-3 = Nếu thấy một phiên không phải của mình, hãy kết thúc phiên đó trong cài đặt và đổi mật khẩu.

help-refusals = Khi bị từ chối nghĩa là gì?
help-refusals-1 = Mọi lần từ chối đều kèm một mã. Hãy tìm mã mà bạn nhận được.
help-rates = Mức phí theo cấp
help-codes = Mã từ chối
help-code = Mã
help-means = Ý nghĩa
help-do = Cách xử lý
help-no-code = Không có mã này.
help-level = Cấp
help-maker = Maker
help-taker = Taker

help-do-50001 = Hãy chờ một chút rồi thử lại; nếu vẫn vậy, hãy xem trang trạng thái.
help-do-50011 = Hãy gửi yêu cầu thưa hơn: mỗi đường dẫn có một giới hạn.
help-do-50013 = Hãy chờ một chút rồi thử lại. Lệnh hủy luôn được nhận.
help-do-50027 = Hãy chấp nhận điều khoản hiện hành rồi thử lại.
help-do-50028 = Ở đây tạm thời ngừng nhận lệnh. Lệnh hủy vẫn được nhận; hãy xem trang trạng thái.
help-do-50061 = Hãy gửi ít lệnh hơn mỗi giây, hoặc gộp nhiều lệnh trong một yêu cầu.
help-do-50102 = Hãy chỉnh đồng hồ máy tính; ký lại từng yêu cầu.
help-do-50103 = Hãy gửi khóa của bạn trong header này.
help-do-50105 = Hãy dùng cụm mật khẩu đã đặt khi tạo khóa.
help-do-50110 = Hãy thêm địa chỉ của bạn vào danh sách của khóa, hoặc gửi từ một địa chỉ trong danh sách.
help-do-50111 = Hãy kiểm tra khóa: có thể khóa đã bị xóa hoặc thuộc thương hiệu khác.
help-do-50113 = Hãy kiểm tra cách ký yêu cầu: thời gian, phương thức, đường dẫn kèm truy vấn, và nội dung.
help-do-50114 = Hãy đăng nhập lại.
help-do-50120 = Hãy tạo khóa có quyền này.
help-do-51000 = Hãy sửa tham số được nêu.
help-do-51001 = Hãy chọn một mã giao dịch trong danh sách thị trường.
help-do-51005 = Hãy giảm số lượng của lệnh, hoặc chia thành nhiều lệnh.
help-do-51006 = Hãy chọn giá gần giá thị trường hơn.
help-do-51016 = Hãy đặt cho mỗi lệnh một ID lệnh riêng của ứng dụng khách.
help-do-51020 = Hãy tăng lệnh lên trên mức tối thiểu của mã giao dịch.
help-do-51022 = Hãy chờ đến khi giao dịch trở lại: trang trạng thái sẽ báo.
help-do-51121 = Hãy làm tròn số lượng theo bước khối lượng của mã giao dịch.
help-do-51137 = Hãy chọn giá thấp hơn: biên độ giá hiển thị ở mã giao dịch.
help-do-51138 = Hãy chọn giá cao hơn: biên độ giá hiển thị ở mã giao dịch.
help-do-51603 = Lệnh đã khớp, đã hủy hoặc chưa từng có: hãy xem lịch sử.
help-do-58350 = Hãy chuyển số tiền nhỏ hơn, hoặc hủy các lệnh đang tạm giữ tiền.
