# Brazilian Portuguese (pt-BR), você. en.ftl explains the form.

## Stand-ins

no-app-name = nosso app
no-org-name = uma organização
no-email_address = Alguém

## Dates

date-time =
    { $day ->
        [1] 1º
       *[other] { $day }
    } de { $month ->
        [1] janeiro
        [2] fevereiro
        [3] março
        [4] abril
        [5] maio
        [6] junho
        [7] julho
        [8] agosto
        [9] setembro
        [10] outubro
        [11] novembro
       *[12] dezembro
    } de { $year } às { $time } { $zone }

duration =
    .seconds =
        { $count ->
            [one] { $count } segundo
            [many] { $count } de segundos
           *[other] { $count } segundos
        }
    .minutes =
        { $count ->
            [one] { $count } minuto
            [many] { $count } de minutos
           *[other] { $count } minutos
        }
    .hours =
        { $count ->
            [one] { $count } hora
            [many] { $count } de horas
           *[other] { $count } horas
        }
    .days =
        { $count ->
            [one] { $count } dia
            [many] { $count } de dias
           *[other] { $count } dias
        }

## Parts of several mails

code =
    .expires =
        O código expira em { $ttl_minutes ->
            [one] { $ttl_minutes } minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }.
    .share = Não compartilhe este código com ninguém: nunca vamos pedir que você o informe.

link =
    .expires =
        O link expira em { $ttl_minutes ->
            [one] { $ttl_minutes } minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }.
    .not-you = Se não foi você, não abra o link e ignore este e-mail.

button =
    .fallback = Se o botão não funcionar, copie e cole este endereço no navegador:

invite =
    .expires =
        O convite expira em { $invitation-expires_in_days ->
            [one] { $invitation-expires_in_days } dia
            [many] { $invitation-expires_in_days } de dias
           *[other] { $invitation-expires_in_days } dias
        }.
    .not-expected = Se você não esperava este convite, ignore este e-mail.

details =
    .from-at = Solicitação feita em { $requested_at }, com { $requested_from }.
    .from = Solicitação feita com { $requested_from }.
    .at = Solicitação feita em { $requested_at }.

device =
    .browser-system = { $browser } no { $system }

device_type =
    .desktop = computador
    .mobile = celular
    .tablet = tablet

sign_in_method =
    .password = senha
    .email_code = código por e-mail
    .email_link = link por e-mail
    .phone_code = código por SMS
    .passkey = chave de acesso
    .totp = app autenticador
    .backup_code = código de backup
    .enterprise_sso = login único (SSO)
    .ticket = link de uso único
    .web3 = carteira de criptomoedas

notice =
    .not-you = Não foi você?

greeting =
    .named = Olá, { $greeting_name }!

label =
    .account = Conta:
    .attempts = Tentativas sem sucesso:
    .device = Dispositivo:
    .location = Localização:
    .lock-length = Duração do bloqueio:
    .locked-at = Bloqueada em:
    .locked-until = Bloqueada até:
    .method = Método de acesso:
    .new-address = Novo endereço:
    .passkey = Chave de acesso:
    .requested-from = Solicitado de:
    .time = Data e hora:

footer =
    .questions = Dúvidas? Escreva para { $brand-support_email }

## Codes

# .sms: “codigo” without its accent, as SMS are written: GSM 03.38 does not have ó. As here in reset_password_code.
verification_code =
    .subject = { $otp_code } é seu código de verificação para { $app-name }
    .subject-without-code = Seu código de verificação para { $app-name }
    .title = Seu código de verificação
    .preview =
        { $otp_code } expira em { $ttl_minutes ->
            [one] { $ttl_minutes } minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }. Não compartilhe com ninguém.
    .lead = Digite este código para continuar em { $app-name }:
    .not-you = Se não foi você, ignore este e-mail. Ninguém consegue entrar sem o código.
    .sms =
        { $otp_code } é seu codigo de acesso a { $app-name }. Expira em { $ttl_minutes ->
            [one] { $ttl_minutes } minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }. Nunca compartilhe.

reset_password_code =
    .subject = { $otp_code } é seu código para redefinir a senha em { $app-name }
    .subject-without-code = Seu código para redefinir a senha em { $app-name }
    .title = Redefina sua senha
    .preview =
        { $otp_code } expira em { $ttl_minutes ->
            [one] { $ttl_minutes } minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }. Não compartilhe com ninguém.
    .lead = Digite este código para criar uma nova senha em { $app-name }:
    .not-you = Se não foi você, ignore este e-mail. Sua senha continua a mesma.
    .sms =
        { $otp_code } é seu codigo para redefinir a senha em { $app-name }. Expira em { $ttl_minutes ->
            [one] { $ttl_minutes } minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }. Nunca compartilhe.

## Links

magic_link_sign_in =
    .subject = Seu link para entrar em { $app-name }
    .title = Seu link de acesso
    .preview = Abra o link para entrar. Você não precisa de senha.
    .lead = Use este link para entrar em { $app-name }.
    .button = Entrar

magic_link_sign_up =
    .subject = Conclua seu cadastro em { $app-name }
    .title = Conclua seu cadastro
    .preview = Falta só uma etapa: confirme seu endereço de e-mail.
    .lead = Use este link para confirmar seu endereço de e-mail e concluir seu cadastro em { $app-name }.
    .button = Concluir cadastro

magic_link_user_profile =
    .subject = Confirme seu endereço de e-mail em { $app-name }
    .title = Confirme seu endereço de e-mail
    .preview = Abra o link para confirmar que este endereço é seu.
    .lead = Use este link para confirmar que este endereço de e-mail é seu. Depois disso, ele será adicionado à sua conta em { $app-name }.
    .button = Confirmar endereço

## Invitations

invitation =
    .subject = Você recebeu um convite para usar { $app-name }
    .title = Você recebeu um convite
    .preview = Aceite o convite para criar sua conta.
    .lead = Você recebeu um convite para usar { $app-name }.
    .lead-from = { $inviter_name } convidou você para usar { $app-name }.
    .button = Aceitar convite
    .sms = Seu convite para usar { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Chegou a sua vez de usar { $app-name }
    .title = Chegou a sua vez
    .preview = Agradecemos a espera. Você já pode criar sua conta.
    .lead = Agradecemos a espera. Você já pode criar sua conta em { $app-name }.
    .button = Criar conta

organization_invitation =
    .subject = Convite para participar de { $org-name }
    .title = Você recebeu um convite
    .preview = Aceite o convite para participar.
    .lead = Você recebeu um convite para participar de { $org-name } em { $app-name }.
    .lead-from = { $inviter_name } convidou você para participar de { $org-name } em { $app-name }.
    .button = Aceitar convite

organization_invitation_accepted =
    .subject = { $email_address } agora faz parte de { $org-name }
    .title = Convite aceito
    .preview = Você não precisa fazer mais nada.
    .lead = { $email_address } agora faz parte de { $org-name } em { $app-name }.
    .button = Abrir { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Você está na lista de espera para { $app-name }
    .title = Você está na lista de espera
    .preview = Vamos avisar você quando chegar a sua vez.
    .lead = Agradecemos seu interesse. Vamos avisar você por e-mail assim que chegar a sua vez.
    .not-you = Se você não fez esta solicitação, ignore este e-mail.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Sua senha em { $app-name } foi alterada
    .title = Sua senha foi alterada
    .preview = Se foi você, não precisa fazer nada.
    .lead = A partir de agora, use sua nova senha para entrar. Se foi você quem fez a alteração, não precisa fazer nada.
    .not-you = Outra pessoa pode ter acesso à sua conta. Redefina sua senha imediatamente.
    .sms = Sua senha em { $app-name } foi alterada. Se foi outra pessoa, redefina a senha imediatamente.

password_removed =
    .subject = Sua senha em { $app-name } foi removida
    .title = Sua senha foi removida
    .preview = Se foi você, não precisa fazer nada.
    .lead = Não é mais possível entrar com senha. Se foi você quem a removeu, não precisa fazer nada.
    .not-you = Outra pessoa pode ter acesso à sua conta. Entre na conta e crie uma nova senha imediatamente.
    .sms = Sua senha em { $app-name } foi removida. Se foi outra pessoa, entre na conta e crie uma nova imediatamente.

passkey_added =
    .subject = Nova chave de acesso em { $app-name }
    .title = Nova chave de acesso adicionada
    .preview = Se foi você, não precisa fazer nada.
    .lead = Agora é possível entrar com esta chave de acesso. Se foi você quem a adicionou, não precisa fazer nada.
    .not-you = Outra pessoa pode ter acesso à sua conta. Entre na conta e remova a chave de acesso imediatamente.
    .sms = Nova chave de acesso adicionada em { $app-name }. Se foi outra pessoa, entre na conta e remova a chave imediatamente.

passkey_removed =
    .subject = Chave de acesso removida em { $app-name }
    .title = Chave de acesso removida
    .preview = Se foi você, não precisa fazer nada.
    .lead = Não é mais possível entrar com esta chave de acesso. Se foi você quem a removeu, não precisa fazer nada.
    .not-you = Outra pessoa pode ter acesso à sua conta. Entre na conta e confira suas chaves de acesso imediatamente.
    .sms = Chave de acesso removida em { $app-name }. Se foi outra pessoa, entre e confira sua conta imediatamente.

mfa_enabled =
    .subject = Verificação em duas etapas ativada em { $app-name }
    .title = Verificação em duas etapas ativada
    .preview = Se foi você, não precisa fazer nada.
    .lead = A partir de agora, você vai precisar de uma segunda etapa para entrar. Se foi você quem a ativou, não precisa fazer nada.
    .not-you = Outra pessoa pode ter acesso à sua conta. Redefina sua senha imediatamente.

primary_email_address_changed =
    .subject = Seu endereço de e-mail em { $app-name } foi alterado
    .title = Seu endereço de e-mail foi alterado
    .preview = Se foi você, não precisa fazer nada.
    .lead = Sua conta tem um novo endereço de e-mail principal. Se foi você quem fez a alteração, não precisa fazer nada.
    .not-you = Outra pessoa pode ter acesso à sua conta. Entre na conta e confira seus dados imediatamente.
    .not-you-support = Outra pessoa pode ter acesso à sua conta. Escreva para { $brand-support_email } imediatamente.

new_device_sign_in =
    .subject = Novo acesso à sua conta em { $app-name }
    .title = Novo acesso à sua conta
    .preview = Se foi você, não precisa fazer nada.
    .lead = Sua conta foi acessada a partir de um novo dispositivo. Se foi você, não precisa fazer nada.
    .not-you = Altere sua senha imediatamente.
    .not-you-revoke = Desconecte o dispositivo e altere sua senha imediatamente.
    .button = Desconectar dispositivo
    .support = Precisa de ajuda? Escreva para { $support_email }

account_locked =
    .subject = Sua conta em { $app-name } está bloqueada
    .title = Sua conta está bloqueada
    .preview = Houve um número excessivo de tentativas de acesso sem sucesso.
    .lead = Houve um número excessivo de tentativas de acesso sem sucesso. Por enquanto, ninguém pode entrar na sua conta.
    .not-you = Outra pessoa pode estar tentando adivinhar sua senha. Crie uma nova quando sua conta for desbloqueada.
