# Mails. Every kind has a subject and a text; `mail` is the frame around each text.

mail =
    { $text }

    { $has-word ->
        [yes] 您的防钓鱼码：{ $word }。不含此码的邮件不是我们发出的。
       *[no] 您尚未设置防钓鱼码。请在个人资料中设置，此后我们的每封邮件都会包含它。
    }

    { $brand }

sign-up-code =
    欢迎来到 { $brand }。

    您的验证码：{ $code }

    有效期 { $minutes } 分钟，仅可使用一次。我们绝不会通过电话或聊天索要验证码。如果不是您本人操作，请忽略此邮件。
    .subject = 您在 { $brand } 的验证码

sign-up-taken =
    有人（可能是您）想用此邮箱在 { $brand } 注册。该邮箱已有账户，没有任何更改。

    如果是您本人：请直接登录；如忘记密码，请申请重设。
    .subject = 您在 { $brand } 已有账户

new-device =
    您在 { $brand } 的账户从一台新设备登录。

    设备：{ $device }
    位置：{ $place }
    时间：{ $time }

    如果不是您本人：请立即修改密码，并结束所有其他会话。
    .subject = 新设备登录

password-changed =
    您在 { $brand } 的账户密码已于 { $time } 修改，其他会话均已结束。

    如果不是您本人：请立即申请重设密码，并联系客服。
    .subject = 您的密码已修改

factor-added =
    { $factor ->
        [passkey] 通行密钥
       *[totp] 身份验证器应用
    }已于 { $time } 添加到您在 { $brand } 的账户。

    如果不是您本人：请立即修改密码并将其移除。
    .subject = 已添加第二验证方式

factor-removed =
    { $factor ->
        [passkey] 通行密钥
       *[totp] 身份验证器应用
    }已于 { $time } 从您在 { $brand } 的账户移除。

    如果不是您本人：请立即修改密码，并联系客服。
    .subject = 已移除第二验证方式

recovery-codes-made =
    您在 { $brand } 的账户已于 { $time } 生成新的备用码，旧的备用码已失效。

    如果不是您本人：请立即修改密码。
    .subject = 新的备用码

recovery-code-used =
    您在 { $brand } 的账户已于 { $time } 使用了一个备用码，还剩 { $left } 个。

    如果不是您本人：请立即修改密码。
    .subject = 备用码已使用

key-made =
    您在 { $brand } 的账户已于 { $time } 创建 API 密钥。

    名称：{ $label }
    权限：{ $permissions }

    如果不是您本人：请撤销该密钥，并立即修改密码。
    .subject = 已创建 API 密钥

key-changed =
    您在 { $brand } 的 API 密钥 { $label } 已于 { $time } 更改。

    权限：{ $permissions }

    如果不是您本人：请撤销该密钥，并立即修改密码。
    .subject = API 密钥已更改

application-granted =
    您已于 { $time } 允许应用 { $application } 代表您在 { $brand } 的账户操作。

    权限：{ $permissions }

    如果不是您本人：请在应用列表中收回授权，并立即修改密码。
    .subject = 一个应用可以代表您操作

application-ended =
    应用 { $application } 对您在 { $brand } 的账户的授权已于 { $time } 收回，它不能再做任何操作。
    .subject = 已收回应用授权

application-key-made =
    应用 { $application } 已于 { $time } 为您在 { $brand } 的账户创建 API 密钥。

    名称：{ $label }
    权限：{ $permissions }

    如果这不是您的意愿：请在应用列表中收回授权，并立即修改密码。
    .subject = 一个应用创建了 API 密钥

application-key-ended =
    应用 { $application } 已于 { $time } 删除其为您在 { $brand } 的账户创建的 API 密钥，该密钥不能再做任何操作。
    .subject = 一个应用删除了其 API 密钥

key-revoked =
    您在 { $brand } 的 API 密钥 { $label } 已于 { $time } 撤销。
    .subject = API 密钥已撤销

broker-agreed =
    您已于 { $time } 在 { $brand } 同意经纪商 { $broker }：它可凭您提供的授权为您的账户操作，并从带有其代码的订单的手续费中获得一部分。

    如果不是您本人操作：请在经纪商页面撤回，并立即更改密码。
    .subject = 您已同意一家经纪商

broker-ended =
    您与经纪商 { $broker } 在 { $brand } 的约定已于 { $time } 结束。它持有的密钥已失效。
    .subject = 与经纪商的约定已结束

email-old-code =
    有人（可能是您）想更换您在 { $brand } 账户的邮箱。

    此邮箱的验证码：{ $code }

    有效期 { $minutes } 分钟。如果不是您本人：请勿告诉任何人，并立即修改密码。
    .subject = 更换邮箱

email-new-code =
    此邮箱将成为 { $brand } 一个账户的新邮箱。

    此邮箱的验证码：{ $code }

    有效期 { $minutes } 分钟。如果不是您本人操作，请忽略此邮件。
    .subject = 确认新邮箱

email-new-taken =
    有人（可能是您）想把此邮箱用于 { $brand } 的另一个账户。该邮箱已有账户，没有任何更改。
    .subject = 您在 { $brand } 已有账户

email-changed =
    您在 { $brand } 的账户邮箱已于 { $time } 更换。{ $hours } 小时内不能提币。

    如果不是您本人：请立即联系客服。
    .subject = 您的邮箱已更换

recovery-requested =
    有人（可能是您）为您在 { $brand } 的账户申请重设密码。

    从 { $ready } 起可用此码设置新密码：
    { $code }
    { $link }

    如果不是您本人，请立即用此码停止：
    { $stop }
    { $stop-link }
    .subject = 有人申请重设密码

recovery-stopped =
    在 { $brand } 申请的重设密码已停止，您的密码没有改变。
    .subject = 重设密码已停止

recovery-done =
    您在 { $brand } 的账户密码已于 { $time } 重设。所有会话均已结束，第二验证方式保持不变，{ $hours } 小时内不能提币。

    如果不是您本人：请立即联系客服。
    .subject = 您的密码已重设

invitation =
    { $brand } 邀请您加入团队，角色为 { $role }。

    您的邀请码：
    { $code }
    { $link }

    有效期 { $days } 天，仅可使用一次。请用它设置密码。
    .subject = { $brand } 邀请您加入

arrival =
    您在 { $brand } 的账户已准备好，它来自您之前使用的交易平台。

    您的代码：
    { $code }
    { $link }

    有效期 { $days } 天，仅可使用一次。请用它设置密码；您以前的密码没有被带来。
    .subject = 您在 { $brand } 的账户

role-given =
    您现在是 { $brand } 的 { $role }。请用密码登录；任何更改都需要第二验证方式。
    .subject = 您在 { $brand } 有了新角色

sign-in-locked =
    您在 { $brand } 的账户登录已于 { $time } 锁定，其密钥也已停用。请联系客服。
    .subject = 您的登录已被锁定

sign-in-unlocked =
    您在 { $brand } 的账户登录已恢复。
    .subject = 您的登录已恢复

erased =
    我们在 { $brand } 保存的您的个人数据已于 { $time } 删除。这是我们给您的最后一封邮件。
    .subject = 您的数据已删除

partnership-receipt =
    您的申请 { $reference } 已建立。

    请通过此链接继续；持有者可以查看和修改您的申请：
    { $link }

    如非您本人申请，无需任何操作。
    .subject = 您的申请 { $reference }

partnership-state =
    您的申请 { $reference } 的状态：{ $state }。

    { $has-reason ->
        [yes] 原因：{ $reason }。
       *[no] 下一步由谁完成，请查看您的申请。
    }
    .subject = 您的申请 { $reference }：{ $state }

partnership-contract-ends =
    您的合同（申请 { $reference }）已到期。请在 { $days } 天内接受最新合同，否则您的品牌将被暂停。
    .subject = 您的合同已到期

webhook-paused =
    { $brand } 的 { $url } 长时间未能接收我们的通知，现已暂停：{ $why }。其间发生的事件会继续保存。

    恢复应答后，请在合作伙伴后台恢复该 Webhook，届时会补发已保存的内容。
    .subject = 一个 Webhook 已暂停

maker-granted =
    账户 { $account } 现为 { $brand } 的做市商：挂单费率 { $maker-rate }，吃单费率 { $taker-rate }。义务自下一个完整的 UTC 日起计算。
    .subject = 做市商费率已生效

maker-day-failed =
    账户 { $account } 在 { $day } 未履行其在 { $brand } 的做市义务；连续天数：{ $days-in-a-row }。持续未履行将失去该费率。
    .subject = 做市义务未履行

maker-rate-lost =
    账户 { $account } 在 { $day } 之后失去其在 { $brand } 的做市商费率；连续未履行天数：{ $days-in-a-row }。今后按费率表收费。
    .subject = 做市商已失去费率

pair-delisted =
    { $instrument } 已按计划在 { $brand } 停止交易。
    .subject = { $instrument } 已下架

schedule-begun =
    { $brand } 计划的费率表已生效（计划 { $subject }，等级 { $levels }）。
    .subject = 新费率表已生效

promotion-begun =
    { $brand } 的优惠活动 { $name } 已开始（计划 { $subject }，等级 { $levels }）。
    .subject = 优惠活动已开始

promotion-not-ended =
    { $brand } 的优惠活动 { $name } 已结束，但其费率尚未能收回：{ $why }。我们每分钟重试一次；请检查最低费率和费率表。
    .subject = 优惠活动未能结束

fees-refused =
    { $brand } 的费率计划（计划 { $subject }）在开始时被拒绝，未作任何更改：{ $why }。请重新制定计划。
    .subject = 费率计划被拒绝

stake-locked =
    申请 { $reference }（{ $brand-name }）的押金已锁定。下一步是签订合同。
    .subject = 押金已锁定：{ $reference }

broker-state =
    您的经纪商申请 { $reference } 的状态：{ $state }。

    { $has-reason ->
        [yes] 原因：{ $reason }。
       *[no] 下一步由谁完成，请查看您的申请。
    }
    .subject = 您的申请 { $reference }：{ $state }

broker-warning =
    { $what }（申请 { $reference }）将于 { $day } 到期。此后您的代码没有收入，直到续期；续期后自动恢复。
    .subject = 将于 { $day } 到期：{ $what }

broker-moved =
    { $title } 的经纪商申请 { $reference } 的状态：{ $state }。请在平台后台查看。
    .subject = 经纪商申请：{ $reference }
