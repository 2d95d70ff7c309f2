// The configuration of the project's contract, §2.
#pragma once

#include <QByteArray>

inline QByteArray contractExample()
{
    return QByteArrayLiteral(
        "{\n"
        "  \"version\": 1,\n"
        "  \"listen\": [{\"host\": \"127.0.0.1\", \"port\": 7317}],\n"
        "  \"providers\": [\n"
        "    {\"id\": \"anthropic\", \"from\": \"catalog:anthropic\", \"keys\": [{\"id\": "
        "\"main\", "
        "\"secret\": \"keychain:anthropic/main\"}]},\n"
        "    {\"id\": \"mock\", \"dialect\": \"openai-chat\", \"base_url\": "
        "\"http://127.0.0.1:9001/v1\",\n"
        "     \"keys\": [{\"id\": \"main\", \"secret\": \"env:MOCK_KEY\"}],\n"
        "     \"models\": [{\"id\": \"mock-large\", \"price\": {\"input\": \"2.50\", \"output\": "
        "\"10.00\"}}]},\n"
        "    {\"id\": \"demo\", \"from\": \"sim\", \"script\": \"steady\"}\n"
        "  ],\n"
        "  \"chains\": [\n"
        "    {\"id\": \"coding\", \"strategy\": \"ordered\",\n"
        "     \"targets\": [{\"provider\": \"anthropic\", \"model\": \"claude-sonnet-5\"}, "
        "{\"provider\": \"mock\", \"model\": \"mock-large\"}]}\n"
        "  ],\n"
        "  \"aliases\": {\"gpt-4o\": \"coding\"},\n"
        "  \"clients\": [{\"id\": \"claude-code\", \"secret\": \"env:SB_CLIENT_KEY\", \"chains\": "
        "[\"*\"], \"default_chain\": \"coding\"}],\n"
        "  \"budgets\": [{\"id\": \"daily\", \"scope\": \"all\", \"window\": \"day\", \"cap\": "
        "\"10.00\"}]\n"
        "}\n");
}
