// The second half of a story: what a person can do, by attempt and by the code of a refusal.
#include "words/story.h"

#include <QCoreApplication>

namespace sb::words {

namespace {

struct Advice {
    Q_DECLARE_TR_FUNCTIONS(Advice)
};

} // namespace

QString advice(AttemptOutcome outcome, const QString &who)
{
    switch (outcome) {
    case AttemptOutcome::Running:
    case AttemptOutcome::Served:
    case AttemptOutcome::MovedOn:
    case AttemptOutcome::ClientLeft:
    case AttemptOutcome::Stopped:
        return {};
    case AttemptOutcome::DnsFailed:
        return Advice::tr("Check the network, and the base address of %1.").arg(who);
    case AttemptOutcome::ConnectFailed:
        return Advice::tr("Check that %1 is running and that its base address and port are right.")
            .arg(who);
    case AttemptOutcome::ConnectTimeout:
        return Advice::tr("Check the network or firewall on the way to %1.").arg(who);
    case AttemptOutcome::ProxyFailed:
        return Advice::tr("Check the proxy in the settings or in the environment.");
    case AttemptOutcome::TlsWrongName:
        return Advice::tr("Check the base address of %1: the host name must match the certificate.")
            .arg(who);
    case AttemptOutcome::TlsExpired:
        return Advice::tr(
                   "Check this computer's clock; if it is right, %1 must renew its certificate.")
            .arg(who);
    case AttemptOutcome::TlsNotYetValid:
        return Advice::tr("Check this computer's clock; it seems to be behind.");
    case AttemptOutcome::TlsSelfSigned:
        return Advice::tr("If the server is yours, name its certificate as CA file of %1.")
            .arg(who);
    case AttemptOutcome::TlsUnknownCa:
        return Advice::tr(
                   "If a company proxy or an own authority is in use, name it as CA file of %1.")
            .arg(who);
    case AttemptOutcome::TlsFailed:
        return Advice::tr("Check that the base address of %1 really speaks https.").arg(who);
    case AttemptOutcome::ResetBeforeHead:
    case AttemptOutcome::ResetOnReuse:
        return Advice::tr(
                   "Sending it again usually works; if it goes on, look at the network or at %1.")
            .arg(who);
    case AttemptOutcome::HeadTimeout:
        return Advice::tr("Send it again, or allow %1 more time to begin (head time-out).")
            .arg(who);
    case AttemptOutcome::KeyRejected:
        return Advice::tr("Replace the key of %1; it is not used until you do.").arg(who);
    case AttemptOutcome::QuotaExhausted:
        return Advice::tr("Add credit at %1 or use another key; it is tried again in 15 minutes.")
            .arg(who);
    case AttemptOutcome::RateLimited:
        return Advice::tr("%1 is tried again by itself when its limit allows.").arg(who);
    case AttemptOutcome::Overloaded:
        return Advice::tr("%1 is tried again by itself; such times usually pass within minutes.")
            .arg(who);
    case AttemptOutcome::ServerError:
        return Advice::tr("The fault is at %1; sending it again later may work.").arg(who);
    case AttemptOutcome::Conflict:
        return Advice::tr("Sending it again in a moment usually works.");
    case AttemptOutcome::ModelNotFound:
        return Advice::tr("Correct the model name in the chain, or ask %1 for access to it.")
            .arg(who);
    case AttemptOutcome::BadRequest:
        return Advice::tr("The client has to change what it sends.");
    case AttemptOutcome::LacksFeature:
        return Advice::tr("Use a target that has it, or leave the feature out.");
    case AttemptOutcome::ContextTooLong:
        return Advice::tr("Shorten the conversation or use a model with a larger context.");
    case AttemptOutcome::Filtered:
        return Advice::tr("Another wording may pass; the decision is %1's.").arg(who);
    case AttemptOutcome::EmptyCompletion:
        return Advice::tr("Sending it again usually works; a larger output limit may help too.");
    case AttemptOutcome::BadReply:
        return Advice::tr(
                   "Check that the base address of %1 is that of its API, not of a web page.")
            .arg(who);
    case AttemptOutcome::BodyShort:
    case AttemptOutcome::StreamCut:
        return Advice::tr("Send it again; if it goes on, the connection to %1 is unstable.")
            .arg(who);
    case AttemptOutcome::FirstContentTimeout:
        return Advice::tr("Send it again, or allow %1 more time for its first token.").arg(who);
    case AttemptOutcome::Stalled:
        return Advice::tr("Send it again; a long pause can also be allowed in the settings of %1.")
            .arg(who);
    case AttemptOutcome::ErrorInStream:
        return Advice::tr("Send it again; the reason given is %1's own.").arg(who);
    case AttemptOutcome::BrokenEvent:
        return Advice::tr("Send it again; if it goes on, %1 may not speak this API properly.")
            .arg(who);
    case AttemptOutcome::Redirected:
        return Advice::tr("Enter the final address as base address of %1.").arg(who);
    case AttemptOutcome::ReplyTooLarge:
        return Advice::tr("Ask for less in one request.");
    case AttemptOutcome::DeadlinePassed:
        return Advice::tr("Allow more time in the request or in the settings.");
    case AttemptOutcome::Interrupted:
        return Advice::tr("The client can send it again.");
    }
    return {};
}

QString codeSentence(Code code)
{
    switch (code) {
    case Code::None:
        return Advice::tr("The request ended without an answer.");
    case Code::BadRequest:
        return Advice::tr(
            "Refused: the request has something in it that this API does not allow. Check "
            "what the client sends.");
    case Code::BadJson:
        return Advice::tr("Refused: the body is not valid JSON. Check what the client sends.");
    case Code::DuplicateKey:
        return Advice::tr(
            "Refused: a field appears twice in the body, and it is not clear which one "
            "counts.");
    case Code::NotSupported:
        return Advice::tr(
            "Refused: it asks for something Signalbox cannot do yet, and leaving that out "
            "silently would be wrong.");
    case Code::NeedsTranslation:
        return Advice::tr(
            "Refused: every target speaks another API than the client. Add a target that "
            "speaks the client's.");
    case Code::ContextTooLong:
        return Advice::tr(
            "Refused: the prompt fits into no target's context. Shorten the conversation or "
            "add a target with more room.");
    case Code::ClientKey:
        return Advice::tr(
            "Refused: the client's key is missing or unknown. Copy the key again from the "
            "gateway into the client.");
    case Code::TwoKeys:
        return Advice::tr(
            "Refused: the client sent two different keys. Remove one of them from its "
            "settings or environment.");
    case Code::BudgetExceeded:
        return Advice::tr(
            "Refused: a budget is used up. Raise the cap or wait for its next period.");
    case Code::NotAllowed:
        return Advice::tr(
            "Refused: this client may not use that chain. Allow it in the client's settings.");
    case Code::BadHost:
        return Advice::tr(
            "Refused: it was addressed to a host name that is not ours. Add the name to the "
            "allowed hosts if it is yours.");
    case Code::BadOrigin:
        return Advice::tr(
            "Refused: it came from a web page that was not allowed. Add its origin if you "
            "trust it.");
    case Code::NoSuchModel:
        return Advice::tr(
            "Refused: no chain, alias or model has that name. Check the spelling, or add a "
            "chain with it.");
    case Code::NoSuchPath:
        return Advice::tr(
            "Refused: there is nothing at that path. Check the base address in the client.");
    case Code::NoSuchId:
        return Advice::tr("Refused: no request with that id belongs to this client.");
    case Code::Method:
        return Advice::tr("Refused: that path does not take this kind of HTTP request.");
    case Code::RequestTimeout:
        return Advice::tr("Refused: the client took too long to send its request.");
    case Code::BodyTooLarge:
        return Advice::tr("Refused: the body is larger than is accepted.");
    case Code::UriTooLong:
        return Advice::tr("Refused: the address line is longer than is accepted.");
    case Code::HeadTooLarge:
        return Advice::tr("Refused: the headers are larger than is accepted.");
    case Code::MediaType:
        return Advice::tr("Refused: the body was not announced as JSON. Set the content type to "
                          "application/json in the client.");
    case Code::Expectation:
        return Advice::tr("Refused: the client expects something of HTTP that is not offered.");
    case Code::Upgrade:
        return Advice::tr(
            "Refused: the client wanted to switch to another protocol, such as WebSocket.");
    case Code::ClientRateLimit:
        return Advice::tr(
            "Refused: this client sends more than its limit allows. It may try again in a "
            "moment.");
    case Code::TargetsLimited:
        return Advice::tr(
            "Every target is over its rate limit. They are tried again by themselves; a "
            "further target would bridge such times.");
    case Code::ClientLeft:
        return Advice::tr("The client hung up before there was an answer.");
    case Code::UpstreamUnreachable:
        return Advice::tr("No target could be reached. Check the network and the base addresses.");
    case Code::UpstreamTls:
        return Advice::tr(
            "No target could be trusted with the request. Check the certificates and this "
            "computer's clock.");
    case Code::UpstreamReset:
        return Advice::tr(
            "The connection was closed before a reply. Sending it again usually works.");
    case Code::UpstreamCredentials:
        return Advice::tr("The provider did not accept our key. Replace the key.");
    case Code::UpstreamQuota:
        return Advice::tr(
            "The provider's account has no credit left. Add credit or another provider.");
    case Code::UpstreamRedirect:
        return Advice::tr("The provider points to another address. Correct its base address.");
    case Code::UpstreamError:
        return Advice::tr("The provider failed. Sending it again later may work.");
    case Code::EmptyCompletion:
        return Advice::tr("The provider sent an empty answer. Sending it again usually works.");
    case Code::BadUpstreamReply:
        return Advice::tr(
            "The provider sent something that is not an answer. Check its base address.");
    case Code::UpstreamCut:
        return Advice::tr("The answer broke off. Sending it again usually works.");
    case Code::ModelLoop:
        return Advice::tr("The model repeated itself without end and was stopped.");
    case Code::AllTripped:
        return Advice::tr(
            "Every target is tripped after earlier failures. The soonest is tried again by "
            "itself; the board shows when.");
    case Code::Overloaded:
        return Advice::tr(
            "Too much at once, here or at every target. It may be sent again in a moment.");
    case Code::Draining:
        return Advice::tr("Refused: the gateway is stopping and takes no new requests.");
    case Code::LedgerUnavailable:
        return Advice::tr(
            "Refused: the record of spending cannot be written, so nothing is sent out. Check "
            "the disk of the data folder.");
    case Code::UpstreamTimeout:
        return Advice::tr("No target answered in time. Sending it again later may work.");
    case Code::UpstreamStall:
        return Advice::tr("The answer stopped coming. Sending it again usually works.");
    case Code::Deadline:
        return Advice::tr(
            "The time allowed for the request was up. Allow more time in the request or in "
            "the settings.");
    }
    return {};
}

} // namespace sb::words
