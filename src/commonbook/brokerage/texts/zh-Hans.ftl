language-name = 简体中文
title = 成为经纪商
heading = 成为 { $exchange } 的经纪商
intro = 经纪商以自己的代码带来订单，并从手续费中获得一部分报酬。以下内容均取自当前有效的规则。
languages = 语言
compare-heading = 用户通过您交易的两种方式
compare-feature = 项目
compare-api = API 经纪商
compare-oauth = OAuth 经纪商
questions-heading = 常见问题

compare-security = 安全模式
compare-security-api = 用户创建 API 密钥，并用它为每个请求签名
compare-security-oauth = 用户授予有效期一小时的令牌
compare-privacy = 用户交出什么
compare-privacy-api = 密钥、私钥和口令
compare-privacy-oauth = 不交出任何凭证
compare-speed = 接入
compare-speed-api = 更快：只需签名请求，无需登记浏览器跳转
compare-speed-oauth = 工作更多：授权页、回调地址、令牌续期
compare-control = 您可以做什么
compare-control-api = 用户授予密钥的全部权限，提币和密钥管理除外
compare-control-oauth = 用户授予的权限：只读或交易；从不包括提币和子账户
compare-use = 适用于
compare-use-api = 机构自动化交易
compare-use-oauth = 面向消费者的平台
compare-attribution = 哪些订单属于您
compare-attribution-api = 带有您的代码、且密钥用户已同意的订单
compare-attribution-oauth = 通过授予您的令牌下达的每个订单
compare-addresses = 您的服务器从何处调用
compare-addresses-api = 您登记的地址
compare-addresses-oauth = 您登记的地址；不保存密钥的客户端则为用户的设备
compare-ending = 用户如何终止
compare-ending-api = 撤销密钥或同意，立即生效
compare-ending-oauth = 撤销授权，立即生效，所有令牌失效

question-program = 1. 什么是经纪商计划？
answer-program = 为用户通过您下达的订单获得报酬的方式。用户的账户、资金和手续费保持不变；在您的代码下每笔成交的净手续费中，有一部分归您。
question-who = 2. 谁可以成为经纪商？
answer-who = 在此拥有交易账户、并从事以下业务之一的公司：
business-aggregator = 聚合平台：多个交易所的统一界面
business-algo_provider = 算法交易：策略及其执行
business-wealth_manager = 财富管理：数字资产组合
business-social_trading = 社交交易：共同投资的社区
business-fintech = 金融科技：支付、网关、托管
question-models = 3. API、OAuth，还是两者？
answer-models = 两种方式见上表。申请时可选择其一或两者。
question-needs = 4. 我们需要具备什么？
answer-needs = 申请之前：
needs-company = 公司文件
needs-capacity = 每秒能持续处理 { $requests } 个请求的系统
needs-security = 安全问卷的答复
needs-compliance = 反洗钱、客户身份识别和数据保护措施，每 { $attestation_days } 天声明一次
question-way = 5. 如何成为经纪商？
answer-way = 逐步进行，您随时可以看到下一步由谁完成：
way-prepare = 准备：填写申请；提交之前为草稿
way-apply = 申请：我们审查公司
way-integrate = 接入：您获得自己的代码
way-test = 测试：您的代码以测试资金运行，合规测试工具为您颁发证书
way-review = 审核：审查安全与合规
way-contract = 合同：双方接受同一文本
way-live = 上线：您的代码开始获得收入
question-rate = 6. 费率如何确定？
answer-rate = 取决于您的等级、产品、挂单或吃单、客户的 VIP 等级，以及客户是否有推荐人。等级由 30 天交易量和您带来的客户决定，每月复核。
question-paid = 7. 何时支付？
answer-paid = 每小时一次，一小时后以 { $asset } 支付。不足 { $minimum } { $asset } 的部分结转并显示。
question-excluded = 8. 哪些订单没有收入？
answer-excluded = 每笔没有收入的成交都会说明原因，其中包括：
excluded-level = 客户为 VIP { $excluded_level } 级或以上
excluded-channel = 订单不是通过 API 下达
excluded-discount = 手续费用抵扣券或卡支付
excluded-consent = 订单带有您的代码，但用户未同意
question-minimum = 9. 有最低交易量吗？
answer-minimum = 成为经纪商没有要求。较高等级需要持续的活动。
question-check = 10. 我们能核对所得吗？
answer-check = 可以。每小时有一份对账单，列出每笔成交、适用规则和数字，仅凭文件即可验证。如有错误，将在下一个未结算的小时以分录更正。
question-users = 11. 用户能看到什么？
answer-users = 同意之前看到您的名称和标志，并在每个订单上看到您是经纪商。用户可以随时拒绝或撤销；用户自行下达的订单不属于您。
question-ends = 12. 什么情况下会终止？
answer-ends = 合同和声明均有期限。到期前 { $warning_days } 天我们会通知您；到期未续，您的代码将没有收入，续期后自动恢复。

state-draft = 草稿
state-submitted = 已提交
state-integration = 接入中
state-sandbox = 测试中
state-review = 合规审核
state-contract = 合同
state-live = 已上线
state-lapsed = 已失效
state-suspended = 已暂停
state-closed = 已关闭
state-refused = 已拒绝
state-withdrawn = 已撤回
state-expired = 已过期

lasting-contract = 您的经纪商合同
lasting-aml-kyc = 您关于反洗钱和客户身份的声明
lasting-data-protection = 您关于数据保护的声明

security-key_storage = 用户的密钥和令牌如何保存，谁可以读取？
security-encryption = 数据在传输和存储时如何加密？
security-access_control = 谁可以访问生产系统，使用何种第二因素？
security-vulnerabilities = 如何发现和修复漏洞，最近一次外部测试是什么时候？
security-incidents = 发生事件时如何处理，多久通知用户和我们？
security-logging = 记录哪些日志，保存多久，谁可以更改？
security-monitoring = 如何监控交易，如何发现异常？
security-continuity = 系统中断时，用户的订单会怎样？
security-subcontractors = 还有谁参与您的系统或拥有用户数据？
security-data_location = 用户数据存放在哪些国家？

attest-aml-kyc =
    我们声明，本公司

    1. 识别其提交订单的客户，并了解公司客户的所有者和控制人；
    2. 在接纳客户时以及名单变更时，依适用的制裁名单核查客户；
    3. 监控客户交易中洗钱和恐怖融资的迹象，并依法报告；
    4. 不为其不得服务的国家的客户提供服务；
    5. 依法律要求的期限保存上述记录，并在交易所要求时出示。

    上述任何一项不再成立时，我们立即通知交易所。
attest-data-protection =
    我们声明，本公司

    1. 仅为用户同意的目的，依适用法律（如 GDPR 和 CCPA）处理用户的个人数据；
    2. 加密保存密钥、令牌和个人数据，只让必须知道的人看到；
    3. 答复用户查阅、更正、转移和删除其数据的请求；
    4. 在 24 小时内将涉及交易所用户的泄露事件告知交易所，并依法告知主管机关和用户；
    5. 要求所有为其处理这些数据的人遵守同样的义务。

    上述任何一项不再成立时，我们立即通知交易所。
