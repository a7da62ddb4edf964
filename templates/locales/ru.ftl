# Russian (ru), formal (вы, lower case). en.ftl explains the form.

## Stand-ins

# In the genitive, always behind a noun: "сервис нашей команды", "организация без названия".
no-app-name = нашей команды
no-org-name = без названия
no-email_address = Новый участник

## Dates

date-time =
    { $day } { $month ->
        [1] января
        [2] февраля
        [3] марта
        [4] апреля
        [5] мая
        [6] июня
        [7] июля
        [8] августа
        [9] сентября
        [10] октября
        [11] ноября
       *[12] декабря
    } { $year } г., { $time } ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] { $count } секунда
            [few] { $count } секунды
            [many] { $count } секунд
           *[other] { $count } секунды
        }
    .minutes =
        { $count ->
            [one] { $count } минута
            [few] { $count } минуты
            [many] { $count } минут
           *[other] { $count } минуты
        }
    .hours =
        { $count ->
            [one] { $count } час
            [few] { $count } часа
            [many] { $count } часов
           *[other] { $count } часа
        }
    .days =
        { $count ->
            [one] { $count } день
            [few] { $count } дня
            [many] { $count } дней
           *[other] { $count } дня
        }

## Parts of several mails

code =
    .expires =
        Код действует { $ttl_minutes ->
            [one] { $ttl_minutes } минуту
            [few] { $ttl_minutes } минуты
            [many] { $ttl_minutes } минут
           *[other] { $ttl_minutes } минуты
        }.
    .share = Никому не сообщайте этот код: мы никогда не попросим его назвать.

link =
    .expires =
        Ссылка действует { $ttl_minutes ->
            [one] { $ttl_minutes } минуту
            [few] { $ttl_minutes } минуты
            [many] { $ttl_minutes } минут
           *[other] { $ttl_minutes } минуты
        }.
    .not-you = Если это были не вы, не переходите по ссылке и проигнорируйте это письмо.

button =
    .fallback = Если кнопка не работает, скопируйте этот адрес в браузер:

invite =
    .expires =
        Приглашение действует { $invitation-expires_in_days ->
            [one] { $invitation-expires_in_days } день
            [few] { $invitation-expires_in_days } дня
            [many] { $invitation-expires_in_days } дней
           *[other] { $invitation-expires_in_days } дня
        }.
    .not-expected = Если вы не ждали этого приглашения, проигнорируйте это письмо.

details =
    .from-at = Время запроса: { $requested_at }. Источник: { $requested_from }.
    .from = Источник запроса: { $requested_from }.
    .at = Время запроса: { $requested_at }.

device =
    .browser-system = { $browser } на { $system }

device_type =
    .desktop = компьютер
    .mobile = телефон
    .tablet = планшет

sign_in_method =
    .password = пароль
    .email_code = код из письма
    .email_link = ссылка из письма
    .phone_code = код из SMS
    .passkey = ключ доступа
    .totp = приложение-аутентификатор
    .backup_code = резервный код
    .enterprise_sso = единый вход (SSO)
    .ticket = одноразовая ссылка
    .web3 = криптокошелек

notice =
    .not-you = Это были не вы?

greeting =
    .named = Здравствуйте, { $greeting_name }!

label =
    .account = Аккаунт:
    .attempts = Неудачные попытки:
    .device = Устройство:
    .location = Местоположение:
    .lock-length = Срок блокировки:
    .locked-at = Начало блокировки:
    .locked-until = Конец блокировки:
    .method = Способ входа:
    .new-address = Новый адрес:
    .passkey = Ключ доступа:
    .requested-from = Источник запроса:
    .time = Дата и время:

footer =
    .questions = Есть вопросы? Напишите нам: { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } — ваш код подтверждения для сервиса { $app-name }
    .subject-without-code = Ваш код подтверждения для сервиса { $app-name }
    .title = Ваш код подтверждения
    .preview =
        { $otp_code } — код действует { $ttl_minutes ->
            [one] { $ttl_minutes } минуту
            [few] { $ttl_minutes } минуты
            [many] { $ttl_minutes } минут
           *[other] { $ttl_minutes } минуты
        }. Никому его не сообщайте.
    .lead = Введите этот код, чтобы перейти в сервис { $app-name }:
    .not-you = Если это были не вы, проигнорируйте это письмо. Без кода никто не сможет войти.
    .sms = { $otp_code } — код { $app-name }. Никому не сообщайте его.

reset_password_code =
    .subject = { $otp_code } — код для сброса пароля в сервисе { $app-name }
    .subject-without-code = Код для сброса пароля в сервисе { $app-name }
    .title = Сброс пароля
    .preview =
        { $otp_code } — код действует { $ttl_minutes ->
            [one] { $ttl_minutes } минуту
            [few] { $ttl_minutes } минуты
            [many] { $ttl_minutes } минут
           *[other] { $ttl_minutes } минуты
        }. Никому его не сообщайте.
    .lead = Введите этот код, чтобы задать новый пароль для сервиса { $app-name }:
    .not-you = Если это были не вы, проигнорируйте это письмо. Ваш пароль не изменится.
    .sms = { $otp_code } — код сброса пароля в сервисе { $app-name }.

## Links

magic_link_sign_in =
    .subject = Ссылка для входа в сервис { $app-name }
    .title = Ссылка для входа
    .preview = Перейдите по ссылке, чтобы войти. Пароль не нужен.
    .lead = Войдите в сервис { $app-name } по этой ссылке.
    .button = Войти

magic_link_sign_up =
    .subject = Завершите регистрацию в сервисе { $app-name }
    .title = Завершите регистрацию
    .preview = Остался один шаг: подтвердите адрес электронной почты.
    .lead = Перейдите по этой ссылке, чтобы подтвердить адрес электронной почты и завершить регистрацию в сервисе { $app-name }.
    .button = Завершить регистрацию

magic_link_user_profile =
    .subject = Подтвердите адрес электронной почты в сервисе { $app-name }
    .title = Подтвердите адрес электронной почты
    .preview = Перейдите по ссылке, чтобы подтвердить, что этот адрес ваш.
    .lead = Перейдите по этой ссылке, чтобы подтвердить, что этот адрес электронной почты принадлежит вам. После этого мы добавим его в ваш аккаунт в сервисе { $app-name }.
    .button = Подтвердить адрес

## Invitations

invitation =
    .subject = Приглашение в сервис { $app-name }
    .title = Вас пригласили
    .preview = Примите приглашение, чтобы создать аккаунт.
    .lead = Вас пригласили в сервис { $app-name }.
    .lead-from = { $inviter_name } приглашает вас в сервис { $app-name }.
    .button = Принять приглашение
    .sms = Вас пригласили в сервис { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Подошла ваша очередь: ждем вас в сервисе { $app-name }
    .title = Подошла ваша очередь
    .preview = Спасибо за ожидание. Теперь вы можете создать аккаунт.
    .lead = Спасибо за ожидание. Теперь вы можете создать аккаунт в сервисе { $app-name }.
    .button = Создать аккаунт

organization_invitation =
    .subject = Приглашение в организацию { $org-name }
    .title = Вас пригласили
    .preview = Примите приглашение, чтобы присоединиться к организации.
    .lead = Вас пригласили в организацию { $org-name } в сервисе { $app-name }.
    .lead-from = { $inviter_name } приглашает вас в организацию { $org-name } в сервисе { $app-name }.
    .button = Принять приглашение

organization_invitation_accepted =
    .subject = { $email_address } теперь в организации { $org-name }
    .title = Приглашение принято
    .preview = Больше ничего делать не нужно.
    .lead = { $email_address } теперь в организации { $org-name } в сервисе { $app-name }.
    .button = Открыть сервис { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Вы в списке ожидания сервиса { $app-name }
    .title = Вы в списке ожидания
    .preview = Мы напишем вам, когда подойдет ваша очередь.
    .lead = Спасибо за проявленный интерес. Мы напишем вам, как только подойдет ваша очередь.
    .not-you = Если вы не подавали заявку, проигнорируйте это письмо.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Ваш пароль в сервисе { $app-name } изменен
    .title = Ваш пароль изменен
    .preview = Если это были вы, ничего делать не нужно.
    .lead = Теперь вы можете входить с новым паролем. Если это были вы, ничего делать не нужно.
    .not-you = Возможно, доступ к вашему аккаунту есть у кого-то еще. Немедленно сбросьте пароль.
    .sms = Пароль в сервисе { $app-name } изменен. Не вы? Срочно сбросьте его.

password_removed =
    .subject = Ваш пароль в сервисе { $app-name } удален
    .title = Ваш пароль удален
    .preview = Если это были вы, ничего делать не нужно.
    .lead = Вход по паролю больше недоступен. Если это были вы, ничего делать не нужно.
    .not-you = Возможно, доступ к вашему аккаунту есть у кого-то еще. Немедленно войдите и задайте новый пароль.
    .sms = Пароль в сервисе { $app-name } удален. Не вы? Войдите и задайте новый.

passkey_added =
    .subject = Новый ключ доступа в сервисе { $app-name }
    .title = Добавлен ключ доступа
    .preview = Если это были вы, ничего делать не нужно.
    .lead = Теперь вы можете входить с этим ключом доступа. Если это были вы, ничего делать не нужно.
    .not-you = Возможно, доступ к вашему аккаунту есть у кого-то еще. Немедленно войдите и удалите этот ключ.
    .sms = Новый ключ доступа в сервисе { $app-name }. Не вы? Войдите и удалите его.

passkey_removed =
    .subject = Ключ доступа в сервисе { $app-name } удален
    .title = Ключ доступа удален
    .preview = Если это были вы, ничего делать не нужно.
    .lead = Вход с этим ключом доступа больше недоступен. Если это были вы, ничего делать не нужно.
    .not-you = Возможно, доступ к вашему аккаунту есть у кого-то еще. Немедленно войдите и проверьте свои ключи доступа.
    .sms = Ключ доступа в сервисе { $app-name } удален. Не вы? Проверьте аккаунт.

mfa_enabled =
    .subject = Двухэтапная аутентификация в сервисе { $app-name } включена
    .title = Двухэтапная аутентификация включена
    .preview = Если это были вы, ничего делать не нужно.
    .lead = Теперь вход в аккаунт выполняется в два этапа. Если это были вы, ничего делать не нужно.
    .not-you = Возможно, доступ к вашему аккаунту есть у кого-то еще. Немедленно сбросьте пароль.

primary_email_address_changed =
    .subject = Ваш адрес электронной почты в сервисе { $app-name } изменен
    .title = Ваш адрес электронной почты изменен
    .preview = Если это были вы, ничего делать не нужно.
    .lead = У вашего аккаунта новый основной адрес электронной почты. Если это были вы, ничего делать не нужно.
    .not-you = Возможно, доступ к вашему аккаунту есть у кого-то еще. Немедленно войдите и проверьте свой аккаунт.
    .not-you-support = Возможно, доступ к вашему аккаунту есть у кого-то еще. Немедленно напишите на адрес { $brand-support_email }.

new_device_sign_in =
    .subject = Новый вход в сервис { $app-name }
    .title = Новый вход в ваш аккаунт
    .preview = Если это были вы, ничего делать не нужно.
    .lead = В ваш аккаунт вошли с нового устройства. Если это были вы, ничего делать не нужно.
    .not-you = Немедленно смените пароль.
    .not-you-revoke = Завершите сеанс на новом устройстве и немедленно смените пароль.
    .button = Завершить сеанс
    .support = Нужна помощь? Напишите нам: { $support_email }

account_locked =
    .subject = Ваш аккаунт в сервисе { $app-name } заблокирован
    .title = Ваш аккаунт заблокирован
    .preview = Слишком много неудачных попыток входа.
    .lead = Было слишком много неудачных попыток входа. Сейчас никто не может войти в ваш аккаунт.
    .not-you = Возможно, кто-то пытается подобрать ваш пароль. Задайте новый, как только аккаунт будет разблокирован.
