# Japanese (ja). en.ftl explains the form.

## Stand-ins

no-app-name = 当サービス
no-org-name = 組織
no-email_address = 新しいメンバー

## Dates

date-time = { $year }年{ $month }月{ $day }日 { $time }（{ $zone }）

duration =
    .seconds = { $count }秒
    .minutes = { $count }分
    .hours = { $count }時間
    .days = { $count }日間

## Parts of several mails

code =
    .expires = コードの有効期限は{ $ttl_minutes }分です。
    .share = このコードは誰にも教えないでください。当社からコードをお尋ねすることはありません。

link =
    .expires = リンクの有効期限は{ $ttl_minutes }分です。
    .not-you = お心当たりがない場合は、リンクを開かないでください。このメールは無視していただいて問題ありません。

button =
    .fallback = ボタンが機能しない場合は、次のURLをコピーしてブラウザーで開いてください。

invite =
    .expires = 招待の有効期限は{ $invitation-expires_in_days }日間です。
    .not-expected = この招待にお心当たりがない場合は、このメールは無視していただいて問題ありません。

details =
    .from-at = { $requested_at }に、{ $requested_from }からリクエストされました。
    .from = { $requested_from }からリクエストされました。
    .at = { $requested_at }にリクエストされました。

device =
    .browser-system = { $browser }（{ $system }）

device_type =
    .desktop = パソコン
    .mobile = スマートフォン
    .tablet = タブレット

sign_in_method =
    .password = パスワード
    .email_code = メールの確認コード
    .email_link = メールのリンク
    .phone_code = SMSの確認コード
    .passkey = パスキー
    .totp = 認証アプリ
    .backup_code = バックアップコード
    .enterprise_sso = シングルサインオン
    .ticket = ワンタイムリンク
    .web3 = 暗号資産ウォレット

notice =
    .not-you = お心当たりがない場合

greeting =
    .named = { $greeting_name } 様

label =
    .account = アカウント：
    .attempts = 失敗した回数：
    .device = デバイス：
    .location = 場所：
    .lock-length = ロック期間：
    .locked-at = ロック日時：
    .locked-until = ロック解除日時：
    .method = ログイン方法：
    .new-address = 新しいメールアドレス：
    .passkey = パスキー：
    .requested-from = リクエスト元：
    .time = 日時：

footer =
    .questions = お問い合わせ：{ $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } は{ $app-name }の確認コードです
    .subject-without-code = { $app-name }の確認コード
    .title = 確認コード
    .preview = { $otp_code } の有効期限は{ $ttl_minutes }分です。誰にも教えないでください。
    .lead = { $app-name }に進むには、次のコードを入力してください。
    .not-you = お心当たりがない場合は、このメールは無視していただいて問題ありません。コードがなければ、誰もログインできません。
    .sms = { $otp_code } は{ $app-name }の確認コードです。{ $ttl_minutes }分間有効。誰にも教えないでください。

reset_password_code =
    .subject = { $otp_code } は{ $app-name }のパスワード再設定コードです
    .subject-without-code = { $app-name }のパスワード再設定コード
    .title = パスワードの再設定
    .preview = { $otp_code } の有効期限は{ $ttl_minutes }分です。誰にも教えないでください。
    .lead = { $app-name }の新しいパスワードを設定するには、次のコードを入力してください。
    .not-you = お心当たりがない場合は、このメールは無視していただいて問題ありません。パスワードは変更されません。
    .sms = { $otp_code } は{ $app-name }のパスワード再設定コードです。{ $ttl_minutes }分間有効。教えないでください。

## Links

magic_link_sign_in =
    .subject = { $app-name }のログインリンク
    .title = ログインリンク
    .preview = リンクを開くだけでログインできます。パスワードは不要です。
    .lead = 次のリンクから{ $app-name }にログインできます。
    .button = ログイン

magic_link_sign_up =
    .subject = { $app-name }への登録を完了してください
    .title = 登録を完了してください
    .preview = あと一歩です。メールアドレスを確認してください。
    .lead = 次のリンクを開くと、メールアドレスが確認され、{ $app-name }への登録が完了します。
    .button = 登録を完了

magic_link_user_profile =
    .subject = { $app-name }：メールアドレスの確認
    .title = メールアドレスの確認
    .preview = リンクを開いて、ご自身のメールアドレスであることを確認してください。
    .lead = 次のリンクを開いて、ご自身のメールアドレスであることを確認してください。確認後、{ $app-name }のアカウントに追加されます。
    .button = アドレスを確認

## Invitations

invitation =
    .subject = { $app-name }への招待が届いています
    .title = 招待が届いています
    .preview = 招待を承諾して、アカウントを作成してください。
    .lead = { $app-name }への招待が届いています。
    .lead-from = { $inviter_name }さんから{ $app-name }への招待が届いています。
    .button = 招待を承諾
    .sms = { $app-name }への招待が届いています：{ $action_url }

waitlist_invitation =
    .subject = お待たせしました。{ $app-name }をご利用いただけます
    .title = ご利用の準備ができました
    .preview = お待ちいただきありがとうございました。アカウントを作成できるようになりました。
    .lead = お待ちいただきありがとうございました。{ $app-name }のアカウントを作成できるようになりました。
    .button = アカウントを作成

organization_invitation =
    .subject = 「{ $org-name }」への招待が届いています
    .title = 招待が届いています
    .preview = 招待を承諾すると、メンバーとして参加できます。
    .lead = { $app-name }の「{ $org-name }」への招待が届いています。
    .lead-from = { $inviter_name }さんから、{ $app-name }の「{ $org-name }」への招待が届いています。
    .button = 招待を承諾

organization_invitation_accepted =
    .subject = { $email_address } が「{ $org-name }」に参加しました
    .title = 招待が承諾されました
    .preview = 必要な操作はありません。
    .lead = { $email_address } が{ $app-name }の「{ $org-name }」に参加しました。
    .button = { $app-name }を開く

## Waitlist

waitlist_confirmation =
    .subject = { $app-name }の順番待ちリストに登録されました
    .title = 順番待ちリストに登録されました
    .preview = ご利用の準備ができましたら、メールでお知らせします。
    .lead = ご関心をお寄せいただき、ありがとうございます。ご利用の準備ができましたら、すぐにメールでお知らせします。
    .not-you = お心当たりがない場合は、このメールは無視していただいて問題ありません。

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = { $app-name }のパスワードが変更されました
    .title = パスワードが変更されました
    .preview = ご自身による変更の場合、必要な操作はありません。
    .lead = 今後は新しいパスワードでログインできます。ご自身による変更の場合、必要な操作はありません。
    .not-you = 第三者がアカウントにアクセスしている可能性があります。すぐにパスワードを再設定してください。
    .sms = { $app-name }のパスワードが変更されました。心当たりがない場合は、すぐに再設定してください。

password_removed =
    .subject = { $app-name }のパスワードが削除されました
    .title = パスワードが削除されました
    .preview = ご自身による削除の場合、必要な操作はありません。
    .lead = パスワードではログインできなくなりました。ご自身による削除の場合、必要な操作はありません。
    .not-you = 第三者がアカウントにアクセスしている可能性があります。すぐにログインして、新しいパスワードを設定してください。
    .sms = { $app-name }のパスワードが削除されました。心当たりがなければ、すぐにログインして再設定してください。

passkey_added =
    .subject = { $app-name }にパスキーが追加されました
    .title = パスキーが追加されました
    .preview = ご自身による追加の場合、必要な操作はありません。
    .lead = このパスキーでログインできるようになりました。ご自身による追加の場合、必要な操作はありません。
    .not-you = 第三者がアカウントにアクセスしている可能性があります。すぐにログインして、パスキーを削除してください。
    .sms = { $app-name }にパスキーが追加されました。心当たりがない場合は、すぐにログインして削除してください。

passkey_removed =
    .subject = { $app-name }のパスキーが削除されました
    .title = パスキーが削除されました
    .preview = ご自身による削除の場合、必要な操作はありません。
    .lead = このパスキーではログインできなくなりました。ご自身による削除の場合、必要な操作はありません。
    .not-you = 第三者がアカウントにアクセスしている可能性があります。すぐにログインして、パスキーを確認してください。
    .sms = { $app-name }のパスキーが削除されました。心当たりがない場合は、すぐにアカウントを確認してください。

mfa_enabled =
    .subject = { $app-name }の2段階認証が有効になりました
    .title = 2段階認証が有効になりました
    .preview = ご自身による設定の場合、必要な操作はありません。
    .lead = 今後は、ログイン時に2段階目の確認が必要になります。ご自身による設定の場合、必要な操作はありません。
    .not-you = 第三者がアカウントにアクセスしている可能性があります。すぐにパスワードを再設定してください。

primary_email_address_changed =
    .subject = { $app-name }のメールアドレスが変更されました
    .title = メールアドレスが変更されました
    .preview = ご自身による変更の場合、必要な操作はありません。
    .lead = アカウントのメインのメールアドレスが変更されました。ご自身による変更の場合、必要な操作はありません。
    .not-you = 第三者がアカウントにアクセスしている可能性があります。すぐにログインして、アカウントを確認してください。
    .not-you-support = 第三者がアカウントにアクセスしている可能性があります。すぐに { $brand-support_email } までご連絡ください。

new_device_sign_in =
    .subject = 新しいデバイスから{ $app-name }へのログインがありました
    .title = 新しいデバイスからのログイン
    .preview = ご自身によるログインの場合、必要な操作はありません。
    .lead = 新しいデバイスからアカウントにログインがありました。ご自身によるログインの場合、必要な操作はありません。
    .not-you = すぐにパスワードを変更してください。
    .not-you-revoke = すぐに該当のデバイスをログアウトさせ、パスワードを変更してください。
    .button = 該当のデバイスをログアウト
    .support = お困りの場合はこちらへ：{ $support_email }

account_locked =
    .subject = { $app-name }のアカウントがロックされました
    .title = アカウントがロックされました
    .preview = ログインの失敗回数が上限を超えました。
    .lead = ログインの失敗回数が上限を超えたため、現在このアカウントには誰もログインできません。
    .not-you = 第三者がパスワードを推測しようとしている可能性があります。ロックが解除されたら、すぐに新しいパスワードを設定してください。
