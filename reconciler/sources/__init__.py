"""What external platforms hand out, in neutral words: one module per platform, each a pure function from files to Facts.

Here nothing is opened: callers bring names and bytes. A source knows its platform and nothing of Genesys Cloud, of other
sources, or of what a user wants; scope, tables and expressions of the mapping are applied afterwards, by `desired.wanted`.
Default templates lie in `templates/`, as data; the core may not read files, so `files` brings them.

A platform's `status` module is its feed of agent status: native records → Events → what is known of an agent → neutral words. A
platform may have a feed and no export, or the other way round. A `calls` module is its feed of calls and e-mails.

Decided here: each platform declares on its card (`model.fact.Source`) what it can deliver and what it never has, because an
absent kind is not an empty one; and `REGISTRY`, `STATUS` and `CALLS` are written out: one more platform is one module, one line.
"""

from __future__ import annotations

from types import MappingProxyType

from reconciler.sources import amazon_connect, asterisk, genesys_engage, salesforce, tabular
from reconciler.sources.amazon_connect import calls as amazon_connect_calls
from reconciler.sources.amazon_connect import status as amazon_connect_status
from reconciler.sources.asterisk import calls as asterisk_calls
from reconciler.sources.asterisk import status as asterisk_status
from reconciler.sources.cisco import calls as cisco_calls
from reconciler.sources.cisco import export as cisco_export
from reconciler.sources.cisco import status as cisco_status
from reconciler.sources.five9 import export as five9_export
from reconciler.sources.five9 import status as five9_status
from reconciler.sources.genesys_engage import calls as genesys_engage_calls
from reconciler.sources.genesys_engage import status as genesys_engage_status
from reconciler.sources.nice_cxone import export as nice_cxone_export
from reconciler.sources.nice_cxone import status as nice_cxone_status
from reconciler.sources.tabular import calls as tabular_calls
from reconciler.sources.tabular import status as tabular_status
from reconciler.sources.twilio import calls as twilio_calls
from reconciler.sources.twilio import export as twilio_export
from reconciler.sources.twilio import status as twilio_status

_EXPORTS = (
    amazon_connect.SOURCE,
    asterisk.SOURCE,
    cisco_export.SOURCE,
    genesys_engage.SOURCE,
    five9_export.SOURCE,
    nice_cxone_export.SOURCE,
    salesforce.SOURCE,
    tabular.SOURCE,
    twilio_export.SOURCE,
)
REGISTRY = MappingProxyType({card.platform: card for card in _EXPORTS})
_FEEDS = (
    amazon_connect_status.STATUS,
    asterisk_status.STATUS,
    cisco_status.STATUS,
    five9_status.STATUS,
    genesys_engage_status.STATUS,
    nice_cxone_status.STATUS,
    tabular_status.STATUS,
    twilio_status.STATUS,
)
STATUS = MappingProxyType({card.platform: card for card in _FEEDS})
_INTERACTIONS = (
    amazon_connect_calls.CALLS,
    asterisk_calls.CALLS,
    cisco_calls.CALLS,
    genesys_engage_calls.CALLS,
    tabular_calls.CALLS,
    twilio_calls.CALLS,
)
CALLS = MappingProxyType({card.platform: card for card in _INTERACTIONS})
