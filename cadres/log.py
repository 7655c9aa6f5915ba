"""The event log as people read it: names of actions, who may see what, before and after as text."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q, QuerySet

from cadres.models import Area, Cadre, Event
from cadres.roles import BY_CODE
from cadres.scope import NOTHING, scope_of
from yuexi.core.registries import log_subjects

# Every action that is recorded anywhere. A test fails when one has no name.
ACTIONS = {
    "cadre.add": "新增干部", "cadre.add_admin": "新增管理员", "cadre.edit": "修改干部", "cadre.activate": "启用账号",
    "cadre.deactivate": "停用账号", "cadre.slip": "打印初始密码", "cadre.reset_password": "重置密码",
    "cadre.change_password": "修改密码", "post.start": "任职", "post.confirm": "确认任职", "post.end": "免职",
    "delegation.give": "授权", "delegation.end": "收回授权", "unit.add": "新增单位", "unit.edit": "修改单位",
    "rules.propose": "提出规则", "rules.confirm": "确认规则", "rules.refuse": "退回规则", "rules.withdraw": "撤回规则",
    "calendar.edit": "修改工作日历", "absence.add": "登记外出", "absence.end": "结束外出", "absence.approve": "批准休假",
    "half_day.correct": "更正半天", "station.start": "登记进驻", "station.end": "结束进驻", "profile.start": "确定部门类别", "profile.end": "结束部门类别",
    "exemption.start": "办理豁免", "exemption.end": "结束豁免", "ruling.propose": "提出口径裁定", "ruling.confirm": "确认口径裁定",
    "ruling.refuse": "退回口径裁定", "ruling.withdraw": "撤回口径裁定",
    "work_post.start": "设立岗位", "work_post.end": "撤销岗位", "ab.start": "确定 AB 岗", "ab.third": "指定顶岗人", "ab.note": "填写交接单", "ab.receive": "接收交接单",
    "unit_village.start": "确定包村单位", "unit_village.end": "结束包村", "task_force.start": "成立专班", "task_force.end": "撤销专班",
    "task_force.join": "抽调进专班", "task_force.leave": "离开专班", "transfer.do": "整体移交",
    "channel.add": "新增渠道", "channel.edit": "修改渠道", "channel.live": "渠道正式发送", "channel.dry": "渠道改为试运行",
    "channel.on": "启用渠道", "channel.off": "停用渠道", "channel.test": "试发消息", "outgoing.resend": "重发消息", "outgoing.drop": "放弃消息",
    "token.issue": "发放接口令牌", "token.revoke": "停用接口令牌", "export": "导出",
    "import.upload": "上传导入表", "import.accept": "确认导入", "import.drop": "放弃导入", "import.apply": "导入",
    "household.import": "导入花名册", "household.find_by_idno": "按证件号码查找", "member.reveal_idno": "查看证件号码",
    "urge.telephones": "显示催办电话",
    "household.add": "新增户", "household.edit": "更新基本情况", "household.move": "迁移", "household.split": "分户",
    "household.close": "销户", "household.reopen": "撤销销户", "household.watch": "识别监测对象",
    "household.eliminate": "风险消除", "household.renumber": "登记国家系统编号", "household.change_head": "户主变更",
    "member.add": "新增成员", "member.leave": "成员减少", "assignment.start": "指派或移交帮扶人",
    "visit.log": "记走访", "visit.hold": "走访待定", "visit.decide": "核定走访", "visit.correct": "更正走访",
    "visit.void": "作废走访", "visit.photo": "收到走访照片", "visit.review": "处理家庭变化",
    "visit.word": "记下农户的话", "card.print": "打印明白卡", "card.end": "作废明白卡",
    "campaign.begin": "开始大走访", "campaign.extend": "大走访延期", "campaign.complete": "宣布大走访完成",
    "policy.add": "新增政策", "policy.edit": "修改政策", "term.add": "新增称谓", "term.edit": "修改称谓",
    "item.register": "登记问题", "item.confirm": "审核成立", "item.dismiss": "审核不成立", "item.merge": "合并",
    "item.solve": "现场解决", "item.issue": "交办", "item.sign": "签收", "item.decline": "退签",
    "item.reassign": "改派", "item.hand_over": "移交整改", "item.plan": "制定措施", "item.progress": "报进展", "item.evidence": "上传佐证",
    "batch.open": "导入成批", "batch.register": "批次行登记", "batch.merge": "批次行合并", "batch.reject": "批次行不成立",
    "batch.end": "办结批次", "batch.go_on": "改好续传批次", "item.amend": "修改台账栏目", "ledger.take": "采纳传回的台账", "ledger.leave": "不采纳传回的台账",
    "item.answer": "登记农户答复", "item.apply": "申请销号", "item.pass": "检查通过", "item.return": "检查退回",
    "item.recount": "期限随工作日历调整",
    "inspection.release": "公开督查报告",
    "standard.propose": "提出验收标准", "standard.confirm": "确认验收标准", "standard.refuse": "退回验收标准",
    "standard.withdraw": "撤回验收标准", "income_line.propose": "提出收入线", "income_line.confirm": "确认收入线",
    "income_line.refuse": "退回收入线", "income_line.withdraw": "撤回收入线",
    "column.open": "开办专栏", "column.end": "专栏停办", "column.plan": "专栏月计划", "article.add": "登记稿件", "article.void": "作废稿件",
    "practice.send_in": "报送好经验", "practice.approve": "推广好经验", "practice.return": "退回好经验", "practice.withdraw": "撤下好经验",
    "practice.photo": "好经验照片", "honour.recommend": "推荐典型", "honour.amend": "修改典型", "honour.review": "典型审核通过",
    "honour.return": "退回典型", "honour.notice": "典型公示", "honour.publish": "发布典型", "honour.withdraw": "撤销典型",
    "honour.photo": "典型照片", "honour.consent": "典型换授权书", "consent.keep": "登记授权书", "consent.revoke": "撤回授权", "consent.open": "查看授权书",
    "check.ask": "发起自查", "check.answer": "现场核对",
    "handbook.issue": "印发手册", "handbook.print": "增印手册", "handbook.hand": "发放手册", "handbook.reissue": "补发手册",
    "handbook.sign": "签收手册",
    "filing.file": "报备检查", "filing.decide": "决定检查报备", "filing.join": "报备并入批次", "filing.start": "检查开始", "filing.finish": "检查结束",
    "filing.cancel": "撤销检查报备", "joint.open": "组建联合督查批次", "joint.enter": "参加联合督查", "joint.announce": "发联合督查通知",
    "joint.start": "联合督查开始", "joint.finish": "联合督查结束", "joint.cancel": "撤销联合督查", "joint.note": "记联合督查发现",
    "meeting.file": "报备会议", "meeting.decide": "决定会议报备", "meeting.cancel": "撤销会议报备",
    "form.propose": "申报报表", "form.decide": "决定报表目录", "form.end": "报表退出目录", "form.ask": "要报表",
    "evaluation.prepare": "准备评估", "evaluation.team": "加评估组成员", "evaluation.draw": "抽取评估样本",
    "evaluation.cancel": "作废评估", "evaluation.prolong": "延长评估", "evaluation.release": "公布评估结果",
    "evaluation.import": "导入评估结果", "evaluation.conclude": "办结评估",
    "suspect.argue": "举证", "suspect.concede": "无异议", "suspect.found": "认定", "suspect.cleared": "排除",
    "yardstick.propose": "提出口径", "yardstick.confirm": "确认口径", "yardstick.end": "停用口径",
    "leaving.begin": "开始退出程序", "leaving.plan": "调整退出计划", "leaving.say": "填写退出条件",
    "leaving.finish": "退出环节完成", "leaving.end": "结束退出程序",
    "item.held": "回头看：巩固", "item.rebound": "回头看：反弹", "item.dossier": "下载一事一档",
    "paper.draft": "起草文书", "paper.issue": "签发文书", "paper.withdraw": "撤回文书", "paper.scan": "上传盖章件",
    "paper.open": "下载文书", "paper.template": "上传文书模板", "paper.confirm": "启用文书模板",
    "paper.refuse": "不启用文书模板",
    "item.extend": "申请延期", "item.extended": "同意延期", "item.not_extended": "不同意延期", "item.replan": "申请变更阶段计划", "item.replanned": "同意变更阶段计划", "item.not_replanned": "不同意变更阶段计划", "item.review": "季度复核",
    "item.red_line": "移送红线问题", "item.red_return": "红线退回普通流程", "item.red_end": "纪委监委办结",
    "item.drawn": "回头看抽中", "item.not_drawn": "回头看未抽中",
    "coordination.draft": "起草周调度", "coordination.decide": "周调度交办", "coordination.take_back": "删去周调度交办",
    "coordination.follow_up": "上次交办落实", "coordination.confirm": "确认周调度", "coordination.drop": "删除周调度草稿",
    "item.screen": "举一反三名单", "item.screened": "举一反三排查",
}  # fmt: skip
# Who keeps watch over accounts reads these and no business data.
ACCOUNTS = tuple(
    a for a in ACTIONS
    if a.split(".")[0] in ("cadre", "post", "delegation", "absence", "rules", "standard", "income_line", "calendar", "channel", "outgoing", "unit", "token", "export", "import", "urge")
    or a in ("household.import", "household.find_by_idno", "member.reveal_idno")
)  # fmt: skip
KINDS = {
    "cadre": "干部", "unit": "单位", "delegation": "授权", "apitoken": "接口令牌", "importrun": "导入",
    "household": "农户", "member": "家庭成员", "visit": "走访", "heldvisit": "待定走访", "item": "整改事项", "batch": "来文批次", "coordination": "周调度",
    "ruleset": "提醒规则", "ruling": "口径裁定", "stationing": "进驻", "unitprofile": "部门类别", "exemption": "豁免", "workpost": "岗位", "abpair": "AB 岗", "abcover": "顶岗", "unitvillage": "包村", "taskforce": "专班", "taskforcemember": "专班成员", "area": "区划", "absence": "外出", "channel": "消息渠道", "outgoing": "外发消息",
    "plan": "督查", "standard": "验收标准", "incomeline": "收入线", "card": "明白卡", "campaign": "大走访", "policy": "政策", "term": "称谓", "paper": "文书", "papertemplate": "文书模板", "column": "专栏", "article": "稿件", "practice": "好经验", "honour": "典型", "consent": "宣传授权书", "checkrun": "自查", "handbook": "手册", "filing": "检查报备", "evaluation": "评估", "suspect": "疑似问题", "yardstick": "三率口径", "leaving": "退出程序", "joint": "联合督查批次", "meeting": "会议", "formkind": "报表",
}  # fmt: skip
# Business kinds are named to those alone who may see the business.
PLAIN_KINDS = (
    "cadre",
    "unit",
    "delegation",
    "apitoken",
    "importrun",
    "ruleset",
    "channel",
    "outgoing",
    "standard",
    "incomeline",
)
FIELDS = {
    "A": "A 岗", "B": "B 岗", "active": "在用", "area": "地方", "accepted": "收下", "agreement": "协议编号", "assignments_ended": "结束包保",
    "category": "类别", "changed": "改动", "announced": "已公布", "days": "日期", "moved": "顺延的期限", "year": "年份", "month": "月份", "check_due": "办理时限", "cause": "致贫原因", "created": "新增", "deadline": "期限", "fields": "主管类别", "file": "文件",
    "found": "找到", "from": "来自", "group": "村民组", "head": "户主", "helper": "帮扶人", "household": "农户", "kind": "类别",
    "late": "补录", "left": "原因", "member": "成员", "members": "成员", "met": "见到谁", "done": "办了什么",
    "promise": "答应的事", "mode": "方式", "name": "姓名", "number": "编号", "on": "日期", "opinion": "意见",
    "people": "人数", "person": "责任人", "phone": "手机号", "purpose": "用途", "rank": "身份", "reason": "原因",
    "receiver": "受权人", "refused": "未通过", "responsible": "责任人", "resting": "暂停的任职", "risk": "风险",
    "role": "角色", "rows": "行数", "said": "情况", "scope": "角色", "solved": "已解决", "start": "起", "end": "止",
    "status": "状态", "text": "内容", "title": "名称", "to": "去向", "township": "乡镇", "unchanged": "无变化",
    "unit": "单位", "updated": "更新", "waits": "待确认", "why": "原因", "work_no": "工号",
    "child": "查出的问题", "chosen": "选的农户", "road": "路线", "mark": "第几天",
    "quarter": "季度", "stage": "阶段", "wanted": "申请延到",
    "row": "行", "lead": "组长", "files": "材料份数", "count": "行数", "ledgered": "列入清单", "merged": "合并", "undecided": "未定",
    "found_on": "发现时间", "found_by": "发现人或组", "extent": "共性或个性", "goal": "整改目标", "taken": "采纳",
    "county_leader": "牵头县领导", "unit_leader": "责任领导", "co_units": "配合单位", "remark": "备注",
    "dispatch": "交办单", "document_no": "文号", "signed_off_by": "签发人", "paper": "文书", "items": "事项", "evidence": "佐证材料", "finding": "回头看情况", "head_name": "户主", "into": "并入",
    "measure": "措施", "households": "户数", "findings": "问题数", "looks": "开始前查看", "national_no": "国家系统编号", "rebounds": "反弹次数", "relation": "与户主关系", "round": "轮次",
    "until": "止", "what": "材料", "step": "环节", "behalf": "代谁办理", "giver": "授权人",
    "CREATED": "新增", "UPDATED": "更新", "UNCHANGED": "无变化", "REFUSED": "未通过",
}  # fmt: skip
# Never shown, whoever reads: what opens or identifies, should it ever come into a row.
SEALED = {"password", "idno", "sha256", "digest", "secret", "token", "key"}
# Row numbers of ours say nothing to a reader.
INNER = {"household", "to", "from"}
LONG = re.compile(r"[0-9]{11,}[0-9Xx]?")
AREA = re.compile(r"[1-9][0-9]{11}")


def events_visible_to(user: Cadre) -> QuerySet[Event]:
    """In the areas of 查看日志: all of it where the same person sees the business, and of the rest
    accounts, posts, rights, exports, reveals and imports."""
    scope = scope_of(user)
    business = scope.prefixes.get("household.view", ())
    seen = NOTHING
    for prefix in scope.prefixes.get("log.view", ()):
        whole_county = len(prefix) == 6  # with what has no place: an export, a password
        here = ~NOTHING if whole_county else Q(area_after__startswith=prefix) | Q(area_before__startswith=prefix)  # fmt: skip
        seen |= here if business and prefix.startswith(business) else here & Q(action__in=ACCOUNTS)
    return Event.objects.filter(seen).select_related("actor")


def sees_business(user: Cadre) -> bool:
    return scope_of(user).has("household.view")


def lines(events: list[Event], user: Cadre) -> list[dict[str, Any]]:
    """Rows to show or to export, in a constant number of queries."""
    business = sees_business(user)
    wanted: dict[str, set[int]] = {}
    codes: set[str] = set()
    for event in events:
        if business or event.kind in PLAIN_KINDS:
            wanted.setdefault(event.kind, set()).add(event.object_id)
        for part in (event.before, event.after):
            codes |= {v for v in part.values() if isinstance(v, str) and AREA.fullmatch(v)}
    names, veiled = log_subjects.named(wanted), log_subjects.veiled(user, wanted)
    places = dict(Area.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    return [
        {
            "event": event,
            "action": ACTIONS.get(event.action, event.action),
            "kind": KINDS.get(event.kind, ""),
            "subject": names.get((event.kind, event.object_id), ""),
            "before": told({} if hidden else event.before, places),
            "after": told({} if hidden else event.after, places),
        }
        for event in events
        for hidden in [(event.kind, event.object_id) in veiled]
    ]


def told(values: dict[str, Any], places: dict[str, str]) -> str:
    parts = (
        f"{FIELDS.get(name) or log_subjects.word(name)}：{_value(value, places)}"
        for name, value in values.items()
        if name not in SEALED
        and not (name in INNER and type(value) is int)
        and value not in ("", None, [], {})
    )
    return "；".join(parts)


def _value(value: Any, places: dict[str, str]) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_value(v, places) for v in value)
    if isinstance(value, dict):
        return told(value, places)
    text = str(value)
    if text in places:
        return places[text]
    if text in BY_CODE:
        return BY_CODE[text].name
    return LONG.sub(lambda m: f"{m[0][:3]}****{m[0][-4:]}", log_subjects.word(text))
