"""Verifies the DKIM signatures of mails by dkimpy. Arguments: a file of DNS records, a name and a TXT a line with a tab
between; the mails' files. Prints a line for each mail: `good` or `bad` for each signature, from the top."""

import sys

import dkim


def main(records, *mails):
    with open(records, encoding="ascii") as file:
        texts = dict(line.rstrip("\n").split("\t") for line in file)
    for name in mails:
        with open(name, "rb") as file:
            mail = file.read()
        print(*(verdict(mail, index, texts) for index in range(mail.count(b"DKIM-Signature:"))))


def verdict(mail, index, texts):
    def text_at(name, timeout=0):
        return texts.get(name.decode().rstrip("."), "").encode()

    try:
        return "good" if dkim.DKIM(mail).verify(index, dnsfunc=text_at) else "bad"
    except dkim.DKIMException:
        return "bad"


main(*sys.argv[1:])
