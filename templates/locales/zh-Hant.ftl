# Traditional Chinese (zh-Hant), as in Taiwan, polite (您). en.ftl explains the form.

## Stand-ins

no-app-name = 本服務
no-org-name = 一個組織
no-email_address = 新成員

## Dates

date-time = { $year }年{ $month }月{ $day }日 { $time } ({ $zone })

duration =
    .seconds = { $count } 秒
    .minutes = { $count } 分鐘
    .hours = { $count } 小時
    .days = { $count } 天

## Parts of several mails

code =
    .expires = 這組驗證碼將在 { $ttl_minutes } 分鐘後失效。
    .share = 請勿將這組驗證碼提供給任何人，我們絕不會向您索取驗證碼。

link =
    .expires = 這個連結將在 { $ttl_minutes } 分鐘後失效。
    .not-you = 如果您並未提出這項要求，請勿開啟連結，直接忽略這封電子郵件即可。

button =
    .fallback = 如果按鈕無法使用，請複製以下網址，然後貼到瀏覽器開啟：

invite =
    .expires = 這份邀請將在 { $invitation-expires_in_days } 天後失效。
    .not-expected = 如果您不清楚為何收到這份邀請，可以直接忽略這封電子郵件。

details =
    .from-at = 這項要求於 { $requested_at } 透過 { $requested_from } 提出。
    .from = 這項要求透過 { $requested_from } 提出。
    .at = 這項要求於 { $requested_at } 提出。

device =
    .browser-system = { $browser } ({ $system })

device_type =
    .desktop = 電腦
    .mobile = 手機
    .tablet = 平板電腦

sign_in_method =
    .password = 密碼
    .email_code = 電子郵件驗證碼
    .email_link = 電子郵件連結
    .phone_code = 簡訊驗證碼
    .passkey = 密碼金鑰
    .totp = 驗證器應用程式
    .backup_code = 備用碼
    .enterprise_sso = 單一登入
    .ticket = 一次性連結
    .web3 = 加密貨幣錢包

notice =
    .not-you = 不是您本人操作嗎？

greeting =
    .named = { $greeting_name }，您好：

label =
    .account = 帳戶：
    .attempts = 失敗次數：
    .device = 裝置：
    .location = 位置：
    .lock-length = 鎖定期間：
    .locked-at = 鎖定時間：
    .locked-until = 解除鎖定時間：
    .method = 登入方式：
    .new-address = 新電子郵件地址：
    .passkey = 密碼金鑰：
    .requested-from = 要求來源：
    .time = 時間：

footer =
    .questions = 有任何問題嗎？請來信至 { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } 是您的 { $app-name } 驗證碼
    .subject-without-code = 您的 { $app-name } 驗證碼
    .title = 您的驗證碼
    .preview = { $otp_code } 將在 { $ttl_minutes } 分鐘後失效，請勿提供給他人。
    .lead = 請輸入以下驗證碼以繼續使用 { $app-name }：
    .not-you = 如果您並未要求這組驗證碼，直接忽略這封電子郵件即可。沒有驗證碼，任何人都無法登入。
    .sms = { $otp_code } 是您的 { $app-name } 驗證碼，{ $ttl_minutes } 分鐘內有效，請勿提供給他人。

reset_password_code =
    .subject = { $otp_code } 是您的 { $app-name } 密碼重設驗證碼
    .subject-without-code = 您的 { $app-name } 密碼重設驗證碼
    .title = 重設密碼
    .preview = { $otp_code } 將在 { $ttl_minutes } 分鐘後失效，請勿提供給他人。
    .lead = 請輸入以下驗證碼以設定新的 { $app-name } 密碼：
    .not-you = 如果您並未要求重設密碼，直接忽略這封電子郵件即可，您的密碼不會變更。
    .sms = { $otp_code } 是您的 { $app-name } 密碼重設驗證碼，{ $ttl_minutes } 分鐘內有效，請勿提供給他人。

## Links

magic_link_sign_in =
    .subject = 您的 { $app-name } 登入連結
    .title = 您的登入連結
    .preview = 開啟連結即可登入，不需要密碼。
    .lead = 請使用這個連結登入 { $app-name }。
    .button = 登入

magic_link_sign_up =
    .subject = 請完成 { $app-name } 註冊程序
    .title = 完成註冊
    .preview = 只差一步：驗證您的電子郵件地址。
    .lead = 請使用這個連結驗證您的電子郵件地址，並完成 { $app-name } 註冊程序。
    .button = 完成註冊

magic_link_user_profile =
    .subject = 請驗證您的 { $app-name } 電子郵件地址
    .title = 驗證電子郵件地址
    .preview = 開啟連結，確認這個電子郵件地址為您所有。
    .lead = 請使用這個連結，確認這個電子郵件地址為您所有。驗證完成後，系統就會將這個地址新增至您的 { $app-name } 帳戶。
    .button = 驗證電子郵件

## Invitations

invitation =
    .subject = 邀請您加入 { $app-name }
    .title = 您收到一份邀請
    .preview = 接受邀請，建立您的帳戶。
    .lead = 您已獲邀加入 { $app-name }。
    .lead-from = { $inviter_name } 邀請您加入 { $app-name }。
    .button = 接受邀請
    .sms = 邀請您加入 { $app-name }：{ $action_url }

waitlist_invitation =
    .subject = 讓您久等了，現在可以加入 { $app-name }
    .title = 您現在可以加入了
    .preview = 感謝您耐心等候，現在可以建立帳戶了。
    .lead = 感謝您耐心等候。您現在可以建立 { $app-name } 帳戶了。
    .button = 建立帳戶

organization_invitation =
    .subject = 邀請您加入 { $org-name }
    .title = 您收到一份邀請
    .preview = 接受邀請即可成為成員。
    .lead = 您已獲邀在 { $app-name } 上加入 { $org-name }。
    .lead-from = { $inviter_name } 邀請您在 { $app-name } 上加入 { $org-name }。
    .button = 接受邀請

organization_invitation_accepted =
    .subject = { $email_address } 已加入 { $org-name }
    .title = 對方已接受邀請
    .preview = 您無須採取任何行動。
    .lead = { $email_address } 已在 { $app-name } 上加入 { $org-name }。
    .button = 前往 { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = 您已加入 { $app-name } 候補名單
    .title = 您已加入候補名單
    .preview = 輪到您時，我們會以電子郵件通知您。
    .lead = 感謝您的關注。輪到您時，我們會立即以電子郵件通知您。
    .not-you = 如果不是您本人申請，可以直接忽略這封電子郵件。

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = 您的 { $app-name } 密碼已變更
    .title = 您的密碼已變更
    .preview = 如果是您本人操作，則無須採取任何行動。
    .lead = 從現在起，您可以使用新密碼登入。如果是您本人操作，則無須採取任何行動。
    .not-you = 可能有其他人存取了您的帳戶，請立即重設密碼。
    .sms = 您的 { $app-name } 密碼已變更。如果不是您本人操作，請立即重設密碼。

password_removed =
    .subject = 您的 { $app-name } 密碼已移除
    .title = 您的密碼已移除
    .preview = 如果是您本人操作，則無須採取任何行動。
    .lead = 您已無法使用密碼登入。如果是您本人操作，則無須採取任何行動。
    .not-you = 可能有其他人存取了您的帳戶，請立即登入並設定新密碼。
    .sms = 您的 { $app-name } 密碼已移除。如果不是您本人操作，請立即登入並設定新密碼。

passkey_added =
    .subject = 您的 { $app-name } 帳戶已新增密碼金鑰
    .title = 已新增密碼金鑰
    .preview = 如果是您本人操作，則無須採取任何行動。
    .lead = 您現在可以使用這組密碼金鑰登入。如果是您本人操作，則無須採取任何行動。
    .not-you = 可能有其他人存取了您的帳戶，請立即登入並移除這組密碼金鑰。
    .sms = 您的 { $app-name } 帳戶已新增密碼金鑰。如果不是您本人操作，請立即登入並移除。

passkey_removed =
    .subject = 您的 { $app-name } 帳戶已移除密碼金鑰
    .title = 已移除密碼金鑰
    .preview = 如果是您本人操作，則無須採取任何行動。
    .lead = 您已無法使用這組密碼金鑰登入。如果是您本人操作，則無須採取任何行動。
    .not-you = 可能有其他人存取了您的帳戶，請立即登入並檢查您的密碼金鑰。
    .sms = 您的 { $app-name } 帳戶已移除密碼金鑰。如果不是您本人操作，請立即登入並檢查帳戶。

mfa_enabled =
    .subject = 您的 { $app-name } 帳戶已啟用兩步驟驗證
    .title = 已啟用兩步驟驗證
    .preview = 如果是您本人操作，則無須採取任何行動。
    .lead = 從現在起，登入時需要完成第二個驗證步驟。如果是您本人操作，則無須採取任何行動。
    .not-you = 可能有其他人存取了您的帳戶，請立即重設密碼。

primary_email_address_changed =
    .subject = 您的 { $app-name } 電子郵件地址已變更
    .title = 您的電子郵件地址已變更
    .preview = 如果是您本人操作，則無須採取任何行動。
    .lead = 您帳戶的主要電子郵件地址已變更。如果是您本人操作，則無須採取任何行動。
    .not-you = 可能有其他人存取了您的帳戶，請立即登入並檢查帳戶。
    .not-you-support = 可能有其他人存取了您的帳戶，請立即來信至 { $brand-support_email }。

new_device_sign_in =
    .subject = 您的 { $app-name } 帳戶有新的登入活動
    .title = 您的帳戶有新的登入活動
    .preview = 如果是您本人操作，則無須採取任何行動。
    .lead = 有新的裝置登入了您的帳戶。如果是您本人操作，則無須採取任何行動。
    .not-you = 請立即變更密碼。
    .not-you-revoke = 請立即登出該裝置，並變更密碼。
    .button = 登出該裝置
    .support = 需要協助嗎？請來信至 { $support_email }

account_locked =
    .subject = 您的 { $app-name } 帳戶已遭鎖定
    .title = 您的帳戶已遭鎖定
    .preview = 登入失敗次數過多。
    .lead = 由於登入失敗次數過多，目前任何人都無法登入您的帳戶。
    .not-you = 可能有人正在嘗試猜測您的密碼。帳戶解除鎖定後，請立即設定新密碼。
