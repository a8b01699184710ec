"""The permissions of the two clients every organisation starts with. A list, nothing else."""

from __future__ import annotations

from reconciler.emulator.words import words

# Planning configuration: every list a plan reads, and nothing that writes.
PLAN = words(
    """
    directory:user:view routing:skill:view routing:wrapupCode:view routing:queue:view presence:presenceDefinition:view
    presence:source:view presence:settings:view externalContacts:externalSource:view presence:userPrimarySource:view
    authorization:divisionDeleted:view authorization:grant:view authorization:role:view audits:audit:view
    """
)

# Everything a modelled operation asks for.
FULL = PLAN | words(
    """
    directory:user:add directory:user:edit directory:user:delete directory:user:setPassword directory:userProfile:view
    directory:userProfile:edit directory:userStateChange:view routing:skill:manage routing:skill:assign routing:skill:update
    routing:language:assign routing:wrapupCode:add routing:wrapupCode:edit routing:wrapupCode:delete routing:wrapupCode:search
    routing:queue:search routing:queue:add routing:queue:edit routing:queue:delete routing:queueMember:manage
    authorization:division:add authorization:division:edit authorization:division:delete authorization:grant:add
    authorization:grant:delete presence:presenceDefinition:add presence:presenceDefinition:edit
    presence:presenceDefinition:delete presence:source:add presence:source:edit presence:source:delete presence:settings:edit
    presence:userPrimarySource:edit externalContacts:externalSource:add externalContacts:externalSource:edit
    externalContacts:externalSource:delete presence:userPresence:inject routing:routingstatus:inject analytics:userDetail:view
    conversation:conversation:inject conversation:communication:view conversation:externalTag:edit
    analytics:conversationDetail:view recording:recording:upload recording:recording:view recording:uploadReport:add
    recording:uploadReport:view recording:orphan:view recording:orphan:edit recording:orphan:delete
    """
)
