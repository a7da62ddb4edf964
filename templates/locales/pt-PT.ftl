# European Portuguese (pt-PT), formal, third person without “você”. en.ftl explains the form.

## Stand-ins

# “Uma das”: no article that would have to merge with “de”, “em” or “a” before it.
no-app-name = uma das nossas apps
no-org-name = uma organização
no-email_address = Alguém

## Dates

date-time =
    { $day } de { $month ->
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
            [one] um segundo
            [many] { $count } de segundos
           *[other] { $count } segundos
        }
    .minutes =
        { $count ->
            [one] um minuto
            [many] { $count } de minutos
           *[other] { $count } minutos
        }
    .hours =
        { $count ->
            [one] uma hora
            [many] { $count } de horas
           *[other] { $count } horas
        }
    .days =
        { $count ->
            [one] um dia
            [many] { $count } de dias
           *[other] { $count } dias
        }

## Parts of several mails

code =
    .expires =
        O código expira dentro de { $ttl_minutes ->
            [one] um minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }.
    .share = Não partilhe este código com ninguém: nunca lhe pediremos que o indique.

link =
    .expires =
        A ligação expira dentro de { $ttl_minutes ->
            [one] um minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }.
    .not-you = Se não fez este pedido, não abra a ligação. Pode ignorar este e-mail.

button =
    .fallback = Se o botão não funcionar, copie este endereço para o seu navegador:

invite =
    .expires =
        O convite expira dentro de { $invitation-expires_in_days ->
            [one] um dia
            [many] { $invitation-expires_in_days } de dias
           *[other] { $invitation-expires_in_days } dias
        }.
    .not-expected = Se não esperava este convite, pode ignorar este e-mail.

details =
    .from-at = Pedido feito a partir de { $requested_from } ({ $requested_at }).
    .from = Pedido feito a partir de { $requested_from }.
    .at = Pedido feito a { $requested_at }.

device =
    .browser-system = { $browser } no { $system }

device_type =
    .desktop = computador
    .mobile = telemóvel
    .tablet = tablet

sign_in_method =
    .password = palavra-passe
    .email_code = código por e-mail
    .email_link = ligação por e-mail
    .phone_code = código por SMS
    .passkey = chave de acesso
    .totp = app de autenticação
    .backup_code = código de backup
    .enterprise_sso = início de sessão único (SSO)
    .ticket = ligação de utilização única
    .web3 = carteira de criptomoedas

notice =
    .not-you = Não reconhece esta atividade?

greeting =
    .named = Olá, { $greeting_name },

label =
    .account = Conta:
    .attempts = Tentativas falhadas:
    .device = Dispositivo:
    .location = Localização:
    .lock-length = Duração do bloqueio:
    .locked-at = Início do bloqueio:
    .locked-until = Fim do bloqueio:
    .method = Método de acesso:
    .new-address = Novo endereço:
    .passkey = Chave de acesso:
    .requested-from = Origem do pedido:
    .time = Data e hora:

footer =
    .questions = Tem dúvidas? Escreva para { $brand-support_email }

## Codes

# .sms: “codigo” without its accent, as SMS are written: GSM 03.38 does not have ó. As here in reset_password_code.
verification_code =
    .subject = { $otp_code } é o seu código de verificação para { $app-name }
    .subject-without-code = O seu código de verificação para { $app-name }
    .title = O seu código de verificação
    .preview =
        { $otp_code } expira dentro de { $ttl_minutes ->
            [one] um minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }. Não o partilhe com ninguém.
    .lead = Introduza este código para continuar em { $app-name }:
    .not-you = Se não fez este pedido, pode ignorar este e-mail. Ninguém pode iniciar sessão sem o código.
    .sms =
        { $otp_code } é o seu codigo de acesso a { $app-name }. Expira dentro de { $ttl_minutes ->
            [one] um minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }. Nunca o partilhe.

reset_password_code =
    .subject = { $otp_code } é o seu código para repor a palavra-passe de { $app-name }
    .subject-without-code = O seu código para repor a palavra-passe de { $app-name }
    .title = Reponha a sua palavra-passe
    .preview =
        { $otp_code } expira dentro de { $ttl_minutes ->
            [one] um minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }. Não o partilhe com ninguém.
    .lead = Introduza este código para escolher uma nova palavra-passe de { $app-name }:
    .not-you = Se não fez este pedido, pode ignorar este e-mail. A sua palavra-passe não será alterada.
    .sms =
        { $otp_code } é o seu codigo para repor a palavra-passe de { $app-name }. Expira dentro de { $ttl_minutes ->
            [one] um minuto
            [many] { $ttl_minutes } de minutos
           *[other] { $ttl_minutes } minutos
        }. Nunca o partilhe.

## Links

magic_link_sign_in =
    .subject = A sua ligação para iniciar sessão em { $app-name }
    .title = A sua ligação para iniciar sessão
    .preview = Abra a ligação para iniciar sessão, sem palavra-passe.
    .lead = Utilize esta ligação para iniciar sessão em { $app-name }.
    .button = Iniciar sessão

magic_link_sign_up =
    .subject = Conclua o seu registo em { $app-name }
    .title = Conclua o seu registo
    .preview = Só falta um passo: confirme o seu endereço de e-mail.
    .lead = Utilize esta ligação para confirmar o seu endereço de e-mail e concluir o registo em { $app-name }.
    .button = Concluir registo

magic_link_user_profile =
    .subject = Confirme o seu endereço de e-mail para { $app-name }
    .title = Confirme o seu endereço de e-mail
    .preview = Abra a ligação para confirmar que este endereço é seu.
    .lead = Utilize esta ligação para confirmar que este endereço de e-mail é seu. Em seguida, vamos adicioná-lo à sua conta de { $app-name }.
    .button = Confirmar endereço

## Invitations

invitation =
    .subject = Recebeu um convite para utilizar { $app-name }
    .title = Recebeu um convite
    .preview = Aceite o convite para criar a sua conta.
    .lead = Recebeu um convite para utilizar { $app-name }.
    .lead-from = Recebeu um convite de { $inviter_name } para utilizar { $app-name }.
    .button = Aceitar convite
    .sms = Recebeu um convite para utilizar { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Chegou a sua vez de utilizar { $app-name }
    .title = Chegou a sua vez
    .preview = Agradecemos a sua paciência. Já pode criar a sua conta.
    .lead = Agradecemos a sua paciência. Já pode criar a sua conta de { $app-name }.
    .button = Criar conta

organization_invitation =
    .subject = Recebeu um convite para fazer parte de { $org-name }
    .title = Recebeu um convite
    .preview = Aceite o convite para se tornar membro.
    .lead = Recebeu um convite para fazer parte de { $org-name } em { $app-name }.
    .lead-from = Recebeu um convite de { $inviter_name } para fazer parte de { $org-name } em { $app-name }.
    .button = Aceitar convite

organization_invitation_accepted =
    .subject = { $email_address } já faz parte de { $org-name }
    .title = Convite aceite
    .preview = Não tem de fazer mais nada.
    .lead = { $email_address } já faz parte de { $org-name } em { $app-name }.
    .button = Abrir { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Está na lista de espera de { $app-name }
    .title = Está na lista de espera
    .preview = Vamos enviar-lhe um e-mail quando chegar a sua vez.
    .lead = Agradecemos o seu interesse. Vamos enviar-lhe um e-mail assim que chegar a sua vez.
    .not-you = Se não fez este pedido, pode ignorar este e-mail.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = A sua palavra-passe de { $app-name } foi alterada
    .title = A sua palavra-passe foi alterada
    .preview = Se fez esta alteração, não tem de fazer mais nada.
    .lead = A partir de agora, pode iniciar sessão com a nova palavra-passe. Se fez esta alteração, não tem de fazer mais nada.
    .not-you = É possível que outra pessoa tenha acesso à sua conta. Reponha a sua palavra-passe imediatamente.
    .sms = A sua palavra-passe de { $app-name } foi alterada. Se foi outra pessoa, reponha a palavra-passe imediatamente.

password_removed =
    .subject = A sua palavra-passe de { $app-name } foi removida
    .title = A sua palavra-passe foi removida
    .preview = Se fez esta alteração, não tem de fazer mais nada.
    .lead = Já não pode iniciar sessão com uma palavra-passe. Se fez esta alteração, não tem de fazer mais nada.
    .not-you = É possível que outra pessoa tenha acesso à sua conta. Inicie sessão e defina uma nova palavra-passe imediatamente.
    .sms = A sua palavra-passe de { $app-name } foi removida. Se foi outra pessoa, aceda à conta e defina outra palavra-passe imediatamente.

passkey_added =
    .subject = Foi adicionada uma chave de acesso para { $app-name }
    .title = Foi adicionada uma chave de acesso
    .preview = Se fez esta alteração, não tem de fazer mais nada.
    .lead = Já pode iniciar sessão com esta chave de acesso. Se fez esta alteração, não tem de fazer mais nada.
    .not-you = É possível que outra pessoa tenha acesso à sua conta. Inicie sessão e remova a chave de acesso imediatamente.
    .sms = Foi adicionada uma chave de acesso para { $app-name }. Se foi outra pessoa, aceda à conta e remova a chave imediatamente.

passkey_removed =
    .subject = Foi removida uma chave de acesso para { $app-name }
    .title = Foi removida uma chave de acesso
    .preview = Se fez esta alteração, não tem de fazer mais nada.
    .lead = Já não pode iniciar sessão com esta chave de acesso. Se fez esta alteração, não tem de fazer mais nada.
    .not-you = É possível que outra pessoa tenha acesso à sua conta. Inicie sessão e verifique as suas chaves de acesso imediatamente.
    .sms = Foi removida uma chave de acesso para { $app-name }. Se foi outra pessoa, aceda à conta e verifique-a imediatamente.

mfa_enabled =
    .subject = Verificação em dois passos ativada para { $app-name }
    .title = Verificação em dois passos ativada
    .preview = Se fez esta alteração, não tem de fazer mais nada.
    .lead = A partir de agora, precisa de um segundo passo para iniciar sessão. Se fez esta alteração, não tem de fazer mais nada.
    .not-you = É possível que outra pessoa tenha acesso à sua conta. Reponha a sua palavra-passe imediatamente.

primary_email_address_changed =
    .subject = O seu endereço de e-mail para { $app-name } foi alterado
    .title = O seu endereço de e-mail foi alterado
    .preview = Se fez esta alteração, não tem de fazer mais nada.
    .lead = A sua conta tem um novo endereço de e-mail principal. Se fez esta alteração, não tem de fazer mais nada.
    .not-you = É possível que outra pessoa tenha acesso à sua conta. Inicie sessão e verifique a sua conta imediatamente.
    .not-you-support = É possível que outra pessoa tenha acesso à sua conta. Escreva imediatamente para { $brand-support_email }.

new_device_sign_in =
    .subject = Novo início de sessão em { $app-name }
    .title = Novo início de sessão na sua conta
    .preview = Se reconhece esta atividade, não tem de fazer nada.
    .lead = Foi iniciada uma sessão na sua conta num novo dispositivo. Se reconhece esta atividade, não tem de fazer nada.
    .not-you = Altere a sua palavra-passe imediatamente.
    .not-you-revoke = Termine a sessão nesse dispositivo e altere a sua palavra-passe imediatamente.
    .button = Terminar essa sessão
    .support = Precisa de ajuda? Escreva para { $support_email }

account_locked =
    .subject = A sua conta de { $app-name } está bloqueada
    .title = A sua conta está bloqueada
    .preview = Houve demasiadas tentativas falhadas de início de sessão.
    .lead = Houve demasiadas tentativas falhadas de início de sessão. De momento, ninguém pode iniciar sessão na sua conta.
    .not-you = É possível que outra pessoa esteja a tentar adivinhar a sua palavra-passe. Escolha uma nova assim que a conta for desbloqueada.
