# Simplified Chinese (zh-Hans). en.ftl explains the form.

## Stand-ins

no-app-name = 本应用
no-org-name = 一个组织
no-email_address = 新成员

## Dates

date-time = { $year }年{ $month }月{ $day }日 { $time }（{ $zone }）

duration =
    .seconds = { $count } 秒
    .minutes = { $count } 分钟
    .hours = { $count } 小时
    .days = { $count } 天

## Parts of several mails

code =
    .expires = 验证码 { $ttl_minutes } 分钟内有效。
    .share = 请勿将此验证码告诉任何人，我们绝不会向您索要。

link =
    .expires = 链接 { $ttl_minutes } 分钟内有效。
    .not-you = 如果不是您本人操作，请勿打开链接，忽略此邮件即可。

button =
    .fallback = 如果按钮无法使用，请将以下网址复制到浏览器中打开：

invite =
    .expires = 邀请 { $invitation-expires_in_days } 天内有效。
    .not-expected = 如果您不清楚为何收到此邀请，忽略此邮件即可。

details =
    .from-at = 此请求于 { $requested_at }发起，来自 { $requested_from }。
    .from = 此请求来自 { $requested_from }。
    .at = 此请求于 { $requested_at }发起。

device =
    .browser-system = { $browser }（{ $system }）

device_type =
    .desktop = 电脑
    .mobile = 手机
    .tablet = 平板电脑

sign_in_method =
    .password = 密码
    .email_code = 邮件验证码
    .email_link = 邮件链接
    .phone_code = 短信验证码
    .passkey = 通行密钥
    .totp = 身份验证器应用
    .backup_code = 备用验证码
    .enterprise_sso = 单点登录
    .ticket = 一次性链接
    .web3 = 加密货币钱包

notice =
    .not-you = 不是您本人操作？

greeting =
    .named = { $greeting_name }，您好：

label =
    .account = 账号：
    .attempts = 失败次数：
    .device = 设备：
    .location = 地点：
    .lock-length = 锁定时长：
    .locked-at = 锁定时间：
    .locked-until = 解锁时间：
    .method = 登录方式：
    .new-address = 新邮箱地址：
    .passkey = 通行密钥：
    .requested-from = 请求来源：
    .time = 时间：

footer =
    .questions = 如有疑问，请联系 { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } 是您的 { $app-name } 验证码
    .subject-without-code = 您的 { $app-name } 验证码
    .title = 您的验证码
    .preview = { $otp_code } 在 { $ttl_minutes } 分钟内有效，请勿告诉任何人。
    .lead = 请输入以下验证码以继续使用 { $app-name }：
    .not-you = 如果不是您本人操作，忽略此邮件即可。没有验证码，任何人都无法登录。
    .sms = { $otp_code } 是您的 { $app-name } 验证码，{ $ttl_minutes } 分钟内有效，请勿告诉任何人。

reset_password_code =
    .subject = { $otp_code } 是您的 { $app-name } 密码重置验证码
    .subject-without-code = 您的 { $app-name } 密码重置验证码
    .title = 重置密码
    .preview = { $otp_code } 在 { $ttl_minutes } 分钟内有效，请勿告诉任何人。
    .lead = 请输入以下验证码，为 { $app-name } 设置新密码：
    .not-you = 如果不是您本人操作，忽略此邮件即可，您的密码不会改变。
    .sms = { $otp_code } 是您的 { $app-name } 密码重置验证码，{ $ttl_minutes } 分钟内有效，请勿告诉他人。

## Links

magic_link_sign_in =
    .subject = 您的 { $app-name } 登录链接
    .title = 您的登录链接
    .preview = 打开链接即可登录，无需密码。
    .lead = 请使用此链接登录 { $app-name }。
    .button = 登录

magic_link_sign_up =
    .subject = 请完成 { $app-name } 注册
    .title = 完成注册
    .preview = 只差一步：确认您的邮箱地址。
    .lead = 请使用此链接确认您的邮箱地址，完成 { $app-name } 注册。
    .button = 完成注册

magic_link_user_profile =
    .subject = 请确认您的 { $app-name } 邮箱地址
    .title = 确认邮箱地址
    .preview = 打开链接，确认此邮箱地址归您所有。
    .lead = 请使用此链接确认此邮箱地址归您所有。确认后，该地址将添加到您的 { $app-name } 账号。
    .button = 确认邮箱地址

## Invitations

invitation =
    .subject = 邀请您加入 { $app-name }
    .title = 您收到一份邀请
    .preview = 接受邀请，创建您的账号。
    .lead = 您已受邀加入 { $app-name }。
    .lead-from = { $inviter_name } 邀请您加入 { $app-name }。
    .button = 接受邀请
    .sms = 邀请您加入 { $app-name }：{ $action_url }

waitlist_invitation =
    .subject = 久等了，您现在可以加入 { $app-name }
    .title = 您现在可以加入了
    .preview = 感谢您的耐心等候，现在可以创建账号了。
    .lead = 感谢您的耐心等候。现在，您可以创建 { $app-name } 账号了。
    .button = 创建账号

organization_invitation =
    .subject = 邀请您加入 { $org-name }
    .title = 您收到一份邀请
    .preview = 接受邀请即可成为成员。
    .lead = 您已受邀在 { $app-name } 上加入 { $org-name }。
    .lead-from = { $inviter_name } 邀请您在 { $app-name } 上加入 { $org-name }。
    .button = 接受邀请

organization_invitation_accepted =
    .subject = { $email_address } 已加入 { $org-name }
    .title = 邀请已被接受
    .preview = 您无需进行任何操作。
    .lead = { $email_address } 已在 { $app-name } 上加入 { $org-name }。
    .button = 打开 { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = 您已加入 { $app-name } 等候名单
    .title = 您已加入等候名单
    .preview = 轮到您时，我们会发邮件通知您。
    .lead = 感谢您的关注。一轮到您，我们就会发邮件通知您。
    .not-you = 如果不是您本人申请，忽略此邮件即可。

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = 您的 { $app-name } 密码已更改
    .title = 您的密码已更改
    .preview = 如果是您本人操作，则无需理会。
    .lead = 从现在起，您可以使用新密码登录。如果是您本人操作，则无需理会。
    .not-you = 可能有他人访问了您的账号，请立即重置密码。
    .sms = 您的 { $app-name } 密码已更改。如果不是您本人操作，请立即重置密码。

password_removed =
    .subject = 您的 { $app-name } 密码已移除
    .title = 您的密码已移除
    .preview = 如果是您本人操作，则无需理会。
    .lead = 您的账号已无法使用密码登录。如果是您本人操作，则无需理会。
    .not-you = 可能有他人访问了您的账号，请立即登录并设置新密码。
    .sms = 您的 { $app-name } 密码已移除。如果不是您本人操作，请立即登录并设置新密码。

passkey_added =
    .subject = 您的 { $app-name } 账号已添加通行密钥
    .title = 已添加通行密钥
    .preview = 如果是您本人操作，则无需理会。
    .lead = 现在可以使用此通行密钥登录。如果是您本人操作，则无需理会。
    .not-you = 可能有他人访问了您的账号，请立即登录并移除该通行密钥。
    .sms = 您的 { $app-name } 账号已添加通行密钥。如果不是您本人操作，请立即登录并将其移除。

passkey_removed =
    .subject = 您的 { $app-name } 账号已移除通行密钥
    .title = 已移除通行密钥
    .preview = 如果是您本人操作，则无需理会。
    .lead = 此通行密钥已无法用于登录。如果是您本人操作，则无需理会。
    .not-you = 可能有他人访问了您的账号，请立即登录并检查您的通行密钥。
    .sms = 您的 { $app-name } 账号已移除通行密钥。如果不是您本人操作，请立即登录检查账号。

mfa_enabled =
    .subject = 您的 { $app-name } 账号已开启两步验证
    .title = 两步验证已开启
    .preview = 如果是您本人操作，则无需理会。
    .lead = 从现在起，登录时需要完成第二步验证。如果是您本人操作，则无需理会。
    .not-you = 可能有他人访问了您的账号，请立即重置密码。

primary_email_address_changed =
    .subject = 您的 { $app-name } 邮箱地址已更改
    .title = 您的邮箱地址已更改
    .preview = 如果是您本人操作，则无需理会。
    .lead = 您的账号已更换主邮箱地址。如果是您本人操作，则无需理会。
    .not-you = 可能有他人访问了您的账号，请立即登录并检查您的账号。
    .not-you-support = 可能有他人访问了您的账号，请立即联系 { $brand-support_email }。

new_device_sign_in =
    .subject = 您的 { $app-name } 账号有新的登录活动
    .title = 您的账号有新的登录活动
    .preview = 如果是您本人操作，则无需理会。
    .lead = 您的账号已在一台新设备上登录。如果是您本人操作，则无需理会。
    .not-you = 请立即更改密码。
    .not-you-revoke = 请立即退出该设备的登录，并更改密码。
    .button = 退出该设备的登录
    .support = 需要帮助？请联系 { $support_email }

account_locked =
    .subject = 您的 { $app-name } 账号已锁定
    .title = 您的账号已锁定
    .preview = 登录失败次数过多。
    .lead = 由于登录失败次数过多，目前任何人都无法登录您的账号。
    .not-you = 可能有人在尝试猜测您的密码，请在账号解锁后立即设置新密码。
