#!/usr/bin/env python3
"""Turns the research catalogue into resources/catalog.json, the catalogue carried in the program.

    python3 packaging/make_catalog.py [INPUT [OUTPUT]]

INPUT is a model_catalog.json of schema model-catalog/1 (default: ../shared/data beside the
repository), OUTPUT defaults to resources/catalog.json. Needs nothing but python3. Run it when the
input changed and commit what it wrote; the same input gives the same bytes.

What is kept: facts needed to call a provider and to price a call.
  providers  those that speak a dialect we know and take a plain key: base URL per dialect, how the
             key travels, names of environment variables, usage profile, local, models endpoint
  offers     of models that answer calls (chat, embedding), not retired: rate cards with tiers and
             hours, context, largest output, tools and vision
What is left out: makers' notes, data policies, service tiers, regions, fees, providers that need
request signing (bedrock, vertex), and native APIs we do not speak.

Layout, so that the program need not parse 200 KB before its first answer: the head is one JSON
object up to the line `"offers":{`, then one line per provider; each is parsed on first use. The
whole file is valid JSON all the same.

One offer is an array: [model, context, max_output, flags, cards]
  flags  1 tools, 2 lacks tools, 4 vision, 8 lacks vision
  card   {"f": from, UTC ms; absent = since ever, rates…, "t": [[min_prompt, {rates…}]…],
          "w": [{"u": [[start, end]…] minutes of the day in UTC, "d": "mon-fri"|"sat-sun"|"all",
                 rates…}…]}
  rates  i input, r cache_read, w cache_write, W cache_write_1h, a input_audio, o output,
         A output_audio, R reasoning; decimal strings in USD per million tokens, as in the source
"""
import datetime
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
KINDS = {"chat", "embedding"}
DIALECTS = ["openai-chat", "anthropic", "openai-responses", "gemini", "ollama"]
CLIENT_DIALECTS = {"openai-chat", "anthropic"}
RATES = {"input": "i", "cache_read": "r", "cache_write": "w", "cache_write_1h": "W",
         "input_audio": "a", "output": "o", "output_audio": "A", "reasoning": "R"}

# Where a dialect lives when it is not the provider's base_url. Sources: the notes of the catalogue
# entry, else the vendor's documentation of that API. An anthropic base ends before /v1/messages, a
# gemini base before /v1beta, an ollama base before /api. The rule for a base that ends in /v1 is in
# base_for(); what is listed here differs from it.
BASES = {
    ("azure", "openai-chat"): "https://{resource}.openai.azure.com/openai/v1",
    ("azure", "openai-responses"): "https://{resource}.openai.azure.com/openai/v1",
    ("azure", "anthropic"): "https://{resource}.services.ai.azure.com/anthropic",
    ("cohere", "openai-chat"): "https://api.cohere.com/compatibility/v1",
    ("deepseek", "anthropic"): "https://api.deepseek.com/anthropic",
    ("google", "openai-chat"): "https://generativelanguage.googleapis.com/v1beta/openai",
    ("minimax", "openai-chat"): "https://api.minimax.io/v1",
    ("moonshot", "anthropic"): "https://api.moonshot.ai/anthropic",
    ("novita", "anthropic"): "https://api.novita.ai/anthropic",
    ("xiaomi", "anthropic"): "https://api.xiaomimimo.com/anthropic",
    ("zai", "anthropic"): "https://api.z.ai/api/anthropic",
}
# The models endpoint of these is not relative to the openai-chat base.
MODELS = {"cohere": "https://api.cohere.com/v1/models",
          "google": "https://generativelanguage.googleapis.com/v1beta/models",
          "ollama": "http://127.0.0.1:11434/api/tags"}


def base_for(provider, dialect):
    known = BASES.get((provider["id"], dialect))
    if known:
        return known
    base = provider["base_url"].rstrip("/")
    if dialect in ("anthropic", "ollama") and base.endswith("/v1"):
        return base[:-len("/v1")]
    return base


def auth_of(provider):
    auth = provider["auth"]
    if auth["type"] == "none":
        out = {"type": "none", "optional": True}  # a key is sent only if the user gave one
    elif auth["type"] == "header":
        out = {"type": "header", "header": auth["header"].lower()}
    elif auth["type"] == "bearer":
        out = {"type": "bearer"}
    else:
        return None
    if auth.get("extra"):
        out["extra"] = auth["extra"]
    return out


def provider_of(source):
    auth = auth_of(source)
    spoken = [d for d in DIALECTS if d in source["dialects"]]
    if auth is None or not CLIENT_DIALECTS & set(spoken):
        return None
    out = {"id": source["id"], "name": source["name"],
           "bases": {d: base_for(source, d) for d in spoken},
           "auth": auth, "env": source.get("env", []), "usage": source["usage"]}
    if source.get("local"):
        out["local"] = True
    if source["id"] in MODELS:
        out["models"] = MODELS[source["id"]]
    elif source.get("models_endpoint"):
        out["models"] = source["base_url"].rstrip("/") + source["models_endpoint"]
    return out


def utc_ms(text):
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            moment = datetime.datetime.strptime(text, form)
        except ValueError:
            continue
        return int(moment.replace(tzinfo=datetime.timezone.utc).timestamp()) * 1000
    raise SystemExit(f"not a moment: {text}")


def rates_of(source):
    return {short: source[name] for name, short in RATES.items() if name in source}


def minutes(text):
    hours, mins = text.split(":")
    return int(hours) * 60 + int(mins)


def card_of(source):
    out = {}
    if "from" in source:
        out["f"] = utc_ms(source["from"])
    out.update(rates_of(source))
    tiers = sorted(source.get("tiers", []), key=lambda tier: tier["min_prompt"])
    if tiers:
        out["t"] = [[tier["min_prompt"], rates_of(tier)] for tier in tiers]
    if source.get("windows"):
        out["w"] = [dict({"u": [[minutes(a), minutes(b)] for a, b in window["utc"]],
                          "d": window.get("days", "all")}, **rates_of(window))
                    for window in source["windows"]]
    return out


def flags_of(model):
    caps, lacks = model.get("caps", []), model.get("lacks", [])
    return (("tools" in caps) * 1 | ("tools" in lacks) * 2
            | ("vision" in caps) * 4 | ("vision" in lacks) * 8)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main():
    source_path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else \
        ROOT.parent / "shared" / "data" / "model_catalog.json"
    out_path = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else \
        ROOT / "resources" / "catalog.json"
    source = json.loads(source_path.read_text(encoding="utf-8"))
    if source["schema"] != "model-catalog/1":
        raise SystemExit(f"unknown schema {source['schema']}")

    providers = [p for p in map(provider_of, source["providers"]) if p]
    offers = {p["id"]: {} for p in providers}
    for model in source["models"]:
        if model["kind"] not in KINDS:
            continue
        for offer in model["offers"]:
            if offer["provider"] not in offers or offer.get("status") == "retired":
                continue
            context = offer.get("context", model.get("context", 0))
            largest = offer.get("max_output", model.get("max_output", 0))
            offers[offer["provider"]].setdefault(offer["model"], [
                offer["model"], context, largest, flags_of(model),
                [card_of(card) for card in offer.get("rates", [])]])

    head = {"schema": "signalbox-catalog/1", "date": source["generated"],
            "price_unit": "USD per 1M tokens",
            "sources": [{"name": s["name"], "date": s["date"]} for s in source["sources"]]}
    lines = [compact(head)[:-1] + ',"providers":[']
    lines += [compact(p) + ("," if p is not providers[-1] else "") for p in providers]
    lines += ["],", '"offers":{']
    sellers = [i for i in sorted(offers) if offers[i]]
    lines += [f'{compact(i)}:{compact([offers[i][m] for m in sorted(offers[i])])}'
              + ("," if i != sellers[-1] else "") for i in sellers]
    lines += ["}}", ""]
    text = "\n".join(lines)
    json.loads(text)
    out_path.write_text(text, encoding="utf-8")
    print(f"{out_path.name}: {len(providers)} providers, {sum(map(len, offers.values()))} offers, "
          f"{len(text.encode())} bytes")


main()
