"""The roles of a county and what each may do, as data.

A right holds inside the area of the post that gives it. Separations (the rectifier never
checks, nobody accepts and closes the same item) are rules of the action, not of a role.
"""

from dataclasses import dataclass

POWER = frozenset({
    "idno.reveal", "household.edit", "household.import", "assignment.edit", "item.review", "item.assign",
    "item.self_check", "item.verify", "item.accept", "item.approve", "item.lookback", "log.view",
    "cadre.manage", "token.issue", "lead.view", "lead.decide", "paper.template", "inspection.plan",
    "rules.propose", "rules.confirm", "discipline.handle", "force.rule", "cadre.transfer", "standard.propose", "standard.confirm", "film.judge", "publicity.review", "publicity.cadre", "register.decide", "register.exempt", "register.join",
    "evaluation.manage", "evaluation.draw", "evaluation.sheet", "yardstick.confirm", "exit.manage",
})  # fmt: skip
VIEW = frozenset({"household.view", "visit.view", "item.view"})
# What a township's head lends by 授权: his checks, and the sight that they take; not the lending.
LENT = frozenset({"item.self_check", "item.view"})


@dataclass(frozen=True)
class Role:
    code: str
    name: str
    rights: frozenset[str] = frozenset()
    own_unit: frozenset[str] = frozenset()  # rights over the staff of the post's own unit alone

    def needs_second(self, area_level: str) -> bool:
        """Two administrators put such a post in force: alone, one of them could make himself
        a puppet that decides, reveals or watches."""
        return bool(self.rights & POWER) or (VIEW <= self.rights and area_level == "COUNTY")


def role(
    code: str, name: str, *rights: str, view: bool = True, own_unit: tuple[str, ...] = ()
) -> Role:
    return Role(
        code, name, frozenset(rights) | (VIEW if view else frozenset()), frozenset(own_unit)
    )


ROLES = (
    role("COUNTY_LEADER", "县委书记、县长", "coordination.view", "cadre.view", "rules.confirm", "standard.confirm", "yardstick.confirm",
         "register.view", "register.decide", "register.exempt"),
    role("STATIONED_LEADER", "包乡县领导", "item.create", "register.view", "coordination.view", "coordination.draft",
         "coordination.confirm"),
    role("OFFICE_DATA", "指挥部数据组", "coordination.view", "household.edit", "household.import", "idno.reveal", "cadre.view",
         "token.issue", "policy.edit", "term.edit", "campaign.manage", "paper.template",
         "calendar.edit", "standard.propose", "standard.check", "register.view", "yardstick.propose"),
    role("OFFICE_RECTIFY", "指挥部整改组", "coordination.view", "item.create", "item.review", "item.assign",
         "item.accept", "item.approve", "item.lookback", "cadre.view", "paper.template", "rules.propose", "standard.propose",
         "standard.check", "standard.judge", "handbook.issue", "handbook.hand",
         "register.view", "register.file", "register.decide", "register.join",
         "evaluation.manage", "evaluation.argue", "yardstick.propose", "exit.manage"),
    role("DEPARTMENT", "行业部门", "item.create", "item.verify", "item.own", "register.view", "register.file", view=False),
    role("UNIT_ADMIN", "单位管理员", "register.view", "register.file", view=False, own_unit=("cadre.view", "cadre.manage", "handbook.hand")),
    role("TOWNSHIP_HEAD", "乡镇书记、乡镇长", "coordination.view", "item.create", "item.self_check", "item.delegate", "cadre.view",
         "campaign.manage", "publicity.edit", "register.view", "register.file", "register.report", "evaluation.argue"),
    role("TOWNSHIP_CLERK", "乡镇专干", "coordination.view", "coordination.draft", "household.edit", "household.import", "assignment.edit",
         "idno.reveal", "item.create", "visit.create", "cadre.view", "standard.judge", "handbook.hand", "publicity.edit",
         "register.view", "register.file", "register.report", "evaluation.argue"),
    role("VILLAGE", "村两委", "item.create", "visit.create", "standard.judge", "register.view", "register.report"),
    role("STATION_TEAM", "驻村工作队", "item.create", "visit.create", "standard.judge", "register.view", "register.report"),
    role("HELPER", "帮扶责任人", view=False),
    role("INSPECTOR", "督查组", "coordination.view", "item.create", "item.lookback", "log.view", "idno.reveal",
         "lead.view", "lead.decide", "inspection.plan", "film.judge", "register.view", "register.file", "register.join",
         "evaluation.draw"),
    role("DISCIPLINE", "纪委监委经办", "log.view", "idno.reveal", "lead.view", "lead.decide", "lead.receive",
         "discipline.handle", "register.view", "register.join"),
    role("ORGANISATION", "组织部", "cadre.view", "cadre.manage", "unit.manage", "post.confirm", "log.view",
         "force.rule", "cadre.transfer", "publicity.cadre", "register.view", "register.file", "register.join", view=False),
    role("PUBLICITY", "宣传部", "publicity.edit", "publicity.review", view=False),
    role("SYSTEM_ADMIN", "系统管理员", "cadre.view", "cadre.manage", "unit.manage", "post.confirm", "channel.manage", view=False),
    role("SECURITY_ADMIN", "安全管理员", view=False),
    role("SYSTEM", "对接系统", "visit.create", "item.create"),
    role("EVALUATOR", "第三方评估人员", "evaluation.sheet", view=False),
    role("AUDIT_ADMIN", "审计管理员", "log.view", view=False),
)  # fmt: skip
# What a unit's own administrator gives without asking anybody: no role with power.
BY_UNIT_ADMIN = ("HELPER", "VILLAGE", "STATION_TEAM")
# Held by accounts of evaluators alone, from one day to another (CHECK and trigger).
EVALUATOR = "EVALUATOR"
BY_CODE = {r.code: r for r in ROLES}
