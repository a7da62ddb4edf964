# Korean (ko), polite (-습니다, -하세요). en.ftl explains the form.

## Stand-ins

no-app-name = 저희 서비스
no-org-name = 조직
# Stands before "사용자가".
no-email_address = 새로운

## Dates

date-time = { $year }년 { $month }월 { $day }일 { $time }({ $zone })

duration =
    .seconds = { $count }초
    .minutes = { $count }분
    .hours = { $count }시간
    .days = { $count }일

## Parts of several mails

code =
    .expires = 이 코드는 { $ttl_minutes }분 후에 만료됩니다.
    .share = 이 코드를 다른 사람에게 알려 주지 마세요. 저희는 어떤 경우에도 코드를 요구하지 않습니다.

link =
    .expires = 이 링크는 { $ttl_minutes }분 후에 만료됩니다.
    .not-you = 본인이 요청하지 않았다면 링크를 열지 마세요. 이 이메일은 무시하셔도 됩니다.

button =
    .fallback = 버튼이 작동하지 않으면 다음 주소를 복사하여 브라우저에 붙여넣으세요.

invite =
    .expires = 이 초대는 { $invitation-expires_in_days }일 후에 만료됩니다.
    .not-expected = 예상하지 못한 초대라면 이 이메일을 무시하셔도 됩니다.

details =
    .from-at = { $requested_at }에 { $requested_from }에서 요청되었습니다.
    .from = { $requested_from }에서 요청되었습니다.
    .at = { $requested_at }에 요청되었습니다.

device =
    .browser-system = { $browser }({ $system })

device_type =
    .desktop = 컴퓨터
    .mobile = 휴대전화
    .tablet = 태블릿

sign_in_method =
    .password = 비밀번호
    .email_code = 이메일 인증 코드
    .email_link = 이메일 링크
    .phone_code = 문자 메시지 인증 코드
    .passkey = 패스키
    .totp = 인증 앱
    .backup_code = 백업 코드
    .enterprise_sso = 통합 로그인(SSO)
    .ticket = 일회용 링크
    .web3 = 암호화폐 지갑

notice =
    .not-you = 본인의 활동이 아닌가요?

greeting =
    .named = { $greeting_name }님, 안녕하세요.

label =
    .account = 계정:
    .attempts = 실패 횟수:
    .device = 기기:
    .location = 위치:
    .lock-length = 잠금 기간:
    .locked-at = 잠금 일시:
    .locked-until = 잠금 해제 일시:
    .method = 로그인 방법:
    .new-address = 새 이메일 주소:
    .passkey = 패스키:
    .requested-from = 요청한 IP 주소:
    .time = 일시:

footer =
    .questions = 궁금한 점이 있으신가요? 문의: { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } - { $app-name } 인증 코드
    .subject-without-code = { $app-name } 인증 코드
    .title = 인증 코드
    .preview = { $otp_code } 코드는 { $ttl_minutes }분 후에 만료됩니다. 다른 사람에게 알려 주지 마세요.
    .lead = { $app-name } 이용을 계속하려면 다음 코드를 입력하세요.
    .not-you = 본인이 요청하지 않았다면 이 이메일을 무시하셔도 됩니다. 코드 없이는 아무도 로그인할 수 없습니다.
    .sms = { $otp_code } - { $app-name } 인증 코드({ $ttl_minutes }분 유효). 공유하지 마세요.

reset_password_code =
    .subject = { $otp_code } - { $app-name } 비밀번호 재설정 코드
    .subject-without-code = { $app-name } 비밀번호 재설정 코드
    .title = 비밀번호 재설정
    .preview = { $otp_code } 코드는 { $ttl_minutes }분 후에 만료됩니다. 다른 사람에게 알려 주지 마세요.
    .lead = { $app-name } 비밀번호를 새로 설정하려면 다음 코드를 입력하세요.
    .not-you = 본인이 요청하지 않았다면 이 이메일을 무시하셔도 됩니다. 비밀번호는 변경되지 않습니다.
    .sms = { $otp_code } - { $app-name } 비밀번호 재설정 코드({ $ttl_minutes }분 유효). 공유하지 마세요.

## Links

magic_link_sign_in =
    .subject = { $app-name } 로그인 링크
    .title = 로그인 링크
    .preview = 링크를 열면 비밀번호 없이 로그인할 수 있습니다.
    .lead = 다음 링크를 사용하여 { $app-name }에 로그인하세요.
    .button = 로그인

magic_link_sign_up =
    .subject = { $app-name } 가입을 완료하세요
    .title = 가입을 완료하세요
    .preview = 한 단계만 남았습니다. 이메일 주소를 인증하세요.
    .lead = 다음 링크를 사용하여 이메일 주소를 인증하고 { $app-name } 가입을 완료하세요.
    .button = 가입 완료

magic_link_user_profile =
    .subject = { $app-name } 계정의 이메일 주소를 인증하세요
    .title = 이메일 주소를 인증하세요
    .preview = 링크를 열어 본인의 이메일 주소임을 확인해 주세요.
    .lead = 다음 링크를 사용하여 본인의 이메일 주소임을 확인해 주세요. 확인이 완료되면 이 주소가 { $app-name } 계정에 추가됩니다.
    .button = 이메일 주소 인증

## Invitations

invitation =
    .subject = { $app-name }에 초대되었습니다
    .title = 초대장이 도착했습니다
    .preview = 초대를 수락하고 계정을 만드세요.
    .lead = { $app-name }에 초대되었습니다.
    .lead-from = { $inviter_name }님이 { $app-name }에 초대했습니다.
    .button = 초대 수락
    .sms = { $app-name }에 초대되었습니다: { $action_url }

waitlist_invitation =
    .subject = 이제 { $app-name }에 가입하실 수 있습니다
    .title = 이제 가입하실 수 있습니다
    .preview = 기다려 주셔서 감사합니다. 이제 계정을 만들 수 있습니다.
    .lead = 기다려 주셔서 감사합니다. 이제 { $app-name } 계정을 만들 수 있습니다.
    .button = 계정 만들기

organization_invitation =
    .subject = { $org-name }에 초대되었습니다
    .title = 초대장이 도착했습니다
    .preview = 초대를 수락하면 멤버로 참여할 수 있습니다.
    .lead = { $app-name }의 { $org-name }에 초대되었습니다.
    .lead-from = { $inviter_name }님이 { $app-name }의 { $org-name }에 초대했습니다.
    .button = 초대 수락

organization_invitation_accepted =
    .subject = { $email_address } 사용자가 { $org-name }에 합류했습니다
    .title = 초대가 수락되었습니다
    .preview = 별도의 조치가 필요하지 않습니다.
    .lead = { $email_address } 사용자가 { $app-name }의 { $org-name }에 합류했습니다.
    .button = { $app-name } 바로가기

## Waitlist

waitlist_confirmation =
    .subject = { $app-name } 대기자 명단에 등록되었습니다
    .title = 대기자 명단에 등록되었습니다
    .preview = 가입하실 수 있게 되면 이메일로 알려 드리겠습니다.
    .lead = 관심을 가져 주셔서 감사합니다. 가입하실 수 있게 되면 바로 이메일로 알려 드리겠습니다.
    .not-you = 본인이 신청하지 않았다면 이 이메일을 무시하셔도 됩니다.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = { $app-name } 비밀번호가 변경되었습니다
    .title = 비밀번호가 변경되었습니다
    .preview = 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .lead = 이제 새 비밀번호로 로그인할 수 있습니다. 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .not-you = 다른 사람이 계정에 액세스했을 수 있습니다. 즉시 비밀번호를 재설정하세요.
    .sms = { $app-name } 비밀번호가 변경되었습니다. 본인이 아니면 즉시 재설정하세요.

password_removed =
    .subject = { $app-name } 비밀번호가 삭제되었습니다
    .title = 비밀번호가 삭제되었습니다
    .preview = 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .lead = 더 이상 비밀번호로 로그인할 수 없습니다. 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .not-you = 다른 사람이 계정에 액세스했을 수 있습니다. 즉시 로그인하여 새 비밀번호를 설정하세요.
    .sms = { $app-name } 비밀번호가 삭제되었습니다. 본인이 아니면 즉시 로그인해 재설정하세요.

passkey_added =
    .subject = { $app-name } 계정에 패스키가 추가되었습니다
    .title = 패스키가 추가되었습니다
    .preview = 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .lead = 이제 이 패스키로 로그인할 수 있습니다. 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .not-you = 다른 사람이 계정에 액세스했을 수 있습니다. 즉시 로그인하여 패스키를 삭제하세요.
    .sms = { $app-name }에 패스키가 추가되었습니다. 본인이 아니면 즉시 로그인해 삭제하세요.

passkey_removed =
    .subject = { $app-name } 계정에서 패스키가 삭제되었습니다
    .title = 패스키가 삭제되었습니다
    .preview = 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .lead = 더 이상 이 패스키로 로그인할 수 없습니다. 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .not-you = 다른 사람이 계정에 액세스했을 수 있습니다. 즉시 로그인하여 패스키를 확인하세요.
    .sms = { $app-name } 패스키가 삭제되었습니다. 본인이 아니면 즉시 계정을 확인하세요.

mfa_enabled =
    .subject = { $app-name } 계정에 2단계 인증이 설정되었습니다
    .title = 2단계 인증이 설정되었습니다
    .preview = 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .lead = 앞으로 로그인할 때 추가 인증 단계를 거쳐야 합니다. 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .not-you = 다른 사람이 계정에 액세스했을 수 있습니다. 즉시 비밀번호를 재설정하세요.

primary_email_address_changed =
    .subject = { $app-name } 계정의 이메일 주소가 변경되었습니다
    .title = 이메일 주소가 변경되었습니다
    .preview = 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .lead = 계정의 기본 이메일 주소가 변경되었습니다. 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .not-you = 다른 사람이 계정에 액세스했을 수 있습니다. 즉시 로그인하여 계정을 확인하세요.
    .not-you-support = 다른 사람이 계정에 액세스했을 수 있습니다. 다음 주소로 즉시 문의하세요: { $brand-support_email }

new_device_sign_in =
    .subject = { $app-name } 새 로그인 알림
    .title = 계정에서 새로운 로그인이 감지되었습니다
    .preview = 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .lead = 새 기기에서 계정에 로그인되었습니다. 본인의 활동이라면 별도의 조치가 필요하지 않습니다.
    .not-you = 즉시 비밀번호를 변경하세요.
    .not-you-revoke = 즉시 해당 기기에서 로그아웃하고 비밀번호를 변경하세요.
    .button = 해당 기기 로그아웃
    .support = 도움이 필요하신가요? 문의: { $support_email }

account_locked =
    .subject = { $app-name } 계정이 잠겼습니다
    .title = 계정이 잠겼습니다
    .preview = 로그인 실패 횟수가 너무 많습니다.
    .lead = 로그인 실패 횟수가 너무 많아 당분간 아무도 이 계정에 로그인할 수 없습니다.
    .not-you = 다른 사람이 비밀번호를 추측하고 있을 수 있습니다. 계정 잠금이 해제되면 바로 새 비밀번호를 설정하세요.
