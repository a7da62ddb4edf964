# Vietnamese (vi), neutral (bạn). en.ftl explains the form.

## Stand-ins

no-app-name = ứng dụng của chúng tôi
no-org-name = một tổ chức
no-email_address = Một thành viên mới

## Dates

date-time = { $time } ({ $zone }) ngày { $day } tháng { $month } năm { $year }

duration =
    .seconds = { $count } giây
    .minutes = { $count } phút
    .hours = { $count } giờ
    .days = { $count } ngày

## Parts of several mails

code =
    .expires = Mã này sẽ hết hạn sau { $ttl_minutes } phút.
    .share = Đừng chia sẻ mã này với bất kỳ ai. Chúng tôi không bao giờ yêu cầu bạn cung cấp mã.

link =
    .expires = Liên kết sẽ hết hạn sau { $ttl_minutes } phút.
    .not-you = Nếu bạn không thực hiện yêu cầu này, đừng mở liên kết. Bạn có thể bỏ qua email này.

button =
    .fallback = Nếu nút không hoạt động, hãy sao chép địa chỉ sau và dán vào trình duyệt:

invite =
    .expires = Lời mời sẽ hết hạn sau { $invitation-expires_in_days } ngày.
    .not-expected = Nếu bạn không biết về lời mời này, bạn có thể bỏ qua email này.

details =
    .from-at = Yêu cầu được gửi lúc { $requested_at } từ { $requested_from }.
    .from = Yêu cầu được gửi từ { $requested_from }.
    .at = Yêu cầu được gửi lúc { $requested_at }.

device =
    .browser-system = { $browser } trên { $system }

device_type =
    .desktop = máy tính
    .mobile = điện thoại
    .tablet = máy tính bảng

sign_in_method =
    .password = mật khẩu
    .email_code = mã qua email
    .email_link = liên kết qua email
    .phone_code = mã qua tin nhắn SMS
    .passkey = khóa truy cập
    .totp = ứng dụng xác thực
    .backup_code = mã dự phòng
    .enterprise_sso = đăng nhập một lần (SSO)
    .ticket = liên kết dùng một lần
    .web3 = ví tiền mã hóa

notice =
    .not-you = Không phải bạn thực hiện?

greeting =
    .named = Xin chào { $greeting_name },

label =
    .account = Tài khoản:
    .attempts = Số lần thất bại:
    .device = Thiết bị:
    .location = Vị trí:
    .lock-length = Bị khóa trong:
    .locked-at = Bị khóa lúc:
    .locked-until = Bị khóa đến:
    .method = Đăng nhập bằng:
    .new-address = Địa chỉ email mới:
    .passkey = Khóa truy cập:
    .requested-from = Yêu cầu từ:
    .time = Thời gian:

footer =
    .questions = Bạn có câu hỏi? Hãy gửi email đến { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } là mã xác minh của bạn trên { $app-name }
    .subject-without-code = Mã xác minh của bạn trên { $app-name }
    .title = Mã xác minh của bạn
    .preview = { $otp_code } sẽ hết hạn sau { $ttl_minutes } phút. Đừng chia sẻ mã này với bất kỳ ai.
    .lead = Nhập mã này để tiếp tục sử dụng { $app-name }:
    .not-you = Nếu bạn không yêu cầu mã này, bạn có thể bỏ qua email này. Không ai có thể đăng nhập nếu không có mã.
    .sms = { $otp_code } là mã xác minh { $app-name }, hiệu lực { $ttl_minutes } phút

reset_password_code =
    .subject = { $otp_code } là mã đặt lại mật khẩu của bạn trên { $app-name }
    .subject-without-code = Mã đặt lại mật khẩu của bạn trên { $app-name }
    .title = Đặt lại mật khẩu của bạn
    .preview = { $otp_code } sẽ hết hạn sau { $ttl_minutes } phút. Đừng chia sẻ mã này với bất kỳ ai.
    .lead = Nhập mã này để đặt mật khẩu mới trên { $app-name }:
    .not-you = Nếu bạn không yêu cầu mã này, bạn có thể bỏ qua email này. Mật khẩu của bạn sẽ không thay đổi.
    .sms = { $otp_code } là mã đổi mật khẩu { $app-name }, hạn { $ttl_minutes } phút

## Links

magic_link_sign_in =
    .subject = Liên kết đăng nhập vào { $app-name }
    .title = Liên kết đăng nhập của bạn
    .preview = Mở liên kết để đăng nhập. Không cần mật khẩu.
    .lead = Hãy dùng liên kết này để đăng nhập vào { $app-name }.
    .button = Đăng nhập

magic_link_sign_up =
    .subject = Hoàn tất đăng ký { $app-name }
    .title = Hoàn tất đăng ký
    .preview = Chỉ còn một bước: xác nhận địa chỉ email của bạn.
    .lead = Hãy dùng liên kết này để xác nhận địa chỉ email và hoàn tất đăng ký { $app-name }.
    .button = Hoàn tất đăng ký

magic_link_user_profile =
    .subject = Xác nhận địa chỉ email của bạn trên { $app-name }
    .title = Xác nhận địa chỉ email của bạn
    .preview = Mở liên kết để xác nhận địa chỉ này là của bạn.
    .lead = Hãy dùng liên kết này để xác nhận địa chỉ email này là của bạn. Sau đó, chúng tôi sẽ thêm địa chỉ vào tài khoản của bạn trên { $app-name }.
    .button = Xác nhận địa chỉ

## Invitations

invitation =
    .subject = Bạn được mời tham gia { $app-name }
    .title = Bạn có một lời mời
    .preview = Chấp nhận lời mời để tạo tài khoản của bạn.
    .lead = Bạn được mời tham gia { $app-name }.
    .lead-from = { $inviter_name } mời bạn tham gia { $app-name }.
    .button = Chấp nhận lời mời
    .sms = Bạn được mời tham gia { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Đã đến lượt bạn tham gia { $app-name }
    .title = Đã đến lượt bạn
    .preview = Cảm ơn bạn đã chờ đợi. Giờ đây, bạn có thể tạo tài khoản.
    .lead = Cảm ơn bạn đã chờ đợi. Giờ đây, bạn có thể tạo tài khoản trên { $app-name }.
    .button = Tạo tài khoản

organization_invitation =
    .subject = Bạn được mời tham gia { $org-name }
    .title = Bạn có một lời mời
    .preview = Chấp nhận lời mời để trở thành thành viên.
    .lead = Bạn được mời tham gia { $org-name } trên { $app-name }.
    .lead-from = { $inviter_name } mời bạn tham gia { $org-name } trên { $app-name }.
    .button = Chấp nhận lời mời

organization_invitation_accepted =
    .subject = { $email_address } đã tham gia { $org-name }
    .title = Lời mời đã được chấp nhận
    .preview = Bạn không cần làm gì thêm.
    .lead = { $email_address } đã tham gia { $org-name } trên { $app-name }.
    .button = Mở { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Bạn đã có tên trong danh sách chờ của { $app-name }
    .title = Bạn đã có tên trong danh sách chờ
    .preview = Chúng tôi sẽ gửi email khi đến lượt bạn.
    .lead = Cảm ơn bạn đã quan tâm. Chúng tôi sẽ gửi email ngay khi đến lượt bạn.
    .not-you = Nếu không phải bạn đăng ký, bạn có thể bỏ qua email này.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Mật khẩu của bạn trên { $app-name } đã được thay đổi
    .title = Mật khẩu của bạn đã được thay đổi
    .preview = Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .lead = Từ bây giờ, bạn có thể đăng nhập bằng mật khẩu mới. Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .not-you = Có thể người khác đã truy cập vào tài khoản của bạn. Hãy đặt lại mật khẩu ngay.
    .sms = Đã đổi mật khẩu { $app-name }. Không phải bạn? Hãy đặt lại ngay.

password_removed =
    .subject = Mật khẩu của bạn trên { $app-name } đã được xóa
    .title = Mật khẩu của bạn đã được xóa
    .preview = Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .lead = Bạn không thể đăng nhập bằng mật khẩu nữa. Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .not-you = Có thể người khác đã truy cập vào tài khoản của bạn. Hãy đăng nhập và đặt mật khẩu mới ngay.
    .sms = Đã xóa mật khẩu { $app-name }. Không phải bạn? Đăng nhập để đặt lại ngay.

passkey_added =
    .subject = Đã thêm một khóa truy cập cho { $app-name }
    .title = Đã thêm một khóa truy cập
    .preview = Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .lead = Giờ đây, bạn có thể đăng nhập bằng khóa truy cập (passkey) này. Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .not-you = Có thể người khác đã truy cập vào tài khoản của bạn. Hãy đăng nhập và xóa khóa truy cập này ngay.
    .sms = Đã thêm passkey cho { $app-name }. Không phải bạn? Đăng nhập để xóa ngay.

passkey_removed =
    .subject = Đã xóa một khóa truy cập khỏi { $app-name }
    .title = Đã xóa một khóa truy cập
    .preview = Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .lead = Bạn không thể đăng nhập bằng khóa truy cập (passkey) này nữa. Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .not-you = Có thể người khác đã truy cập vào tài khoản của bạn. Hãy đăng nhập và kiểm tra các khóa truy cập ngay.
    .sms = Đã xóa passkey { $app-name }. Không phải bạn? Hãy kiểm tra tài khoản ngay.

mfa_enabled =
    .subject = Đã bật xác minh 2 bước cho { $app-name }
    .title = Đã bật xác minh 2 bước
    .preview = Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .lead = Từ bây giờ, bạn cần thêm một bước xác minh để đăng nhập. Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .not-you = Có thể người khác đã truy cập vào tài khoản của bạn. Hãy đặt lại mật khẩu ngay.

primary_email_address_changed =
    .subject = Địa chỉ email của bạn trên { $app-name } đã được thay đổi
    .title = Địa chỉ email của bạn đã được thay đổi
    .preview = Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .lead = Địa chỉ email chính của tài khoản đã được thay đổi. Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .not-you = Có thể người khác đã truy cập vào tài khoản của bạn. Hãy đăng nhập và kiểm tra tài khoản ngay.
    .not-you-support = Có thể người khác đã truy cập vào tài khoản của bạn. Hãy gửi email ngay đến { $brand-support_email }.

new_device_sign_in =
    .subject = Lượt đăng nhập mới vào { $app-name }
    .title = Lượt đăng nhập mới vào tài khoản của bạn
    .preview = Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .lead = Tài khoản của bạn vừa được đăng nhập trên một thiết bị mới. Nếu bạn là người thực hiện, bạn không cần làm gì thêm.
    .not-you = Hãy đổi mật khẩu ngay.
    .not-you-revoke = Hãy đăng xuất thiết bị đó và đổi mật khẩu ngay.
    .button = Đăng xuất thiết bị đó
    .support = Bạn cần trợ giúp? Hãy gửi email đến { $support_email }

account_locked =
    .subject = Tài khoản của bạn trên { $app-name } đã bị khóa
    .title = Tài khoản của bạn đã bị khóa
    .preview = Có quá nhiều lần đăng nhập không thành công.
    .lead = Có quá nhiều lần đăng nhập không thành công. Hiện không ai có thể đăng nhập vào tài khoản của bạn.
    .not-you = Có thể ai đó đang cố đoán mật khẩu của bạn. Hãy đặt mật khẩu mới ngay khi tài khoản được mở khóa.
