"""What the database itself refuses, whoever writes; and what a reader is told of it."""

from rectification.sql.close_out import FUNCTIONS, GUARDS, TOWNSHIP_STEPS, UNDO

__all__ = ["FUNCTIONS", "GUARDS", "SENTENCES", "TOWNSHIP_STEPS", "UNDO"]

# The constraint or trigger that spoke → the sentence for the reader.
SENTENCES = {
    "batch_undecided": "还有没定去向的行，逐行登记、合并或定为不成立以后才能办结。",
    "batch_row_kept": "这一行刚刚已由别人定了去向，请刷新页面。",
    "batch_row_own_item": "这一件已经由批次里的另一行登记，请用“合并”。",
    "batch_film": "专访片、暗访片的问题不成立，由督查组写明原因；指挥部可以登记、审核或合并。",
    "batch_kept": "这一批已经办结，不能再改。",
    "check_rectifier": "整改责任人不能检查自己的整改，请由其他人办理。",
    "item_checker": "检查过这一件的人不能当它的责任人，请另选一人。",
    "check_twice": "同一个人在一轮里只能办理一道检查，请由其他人办理。",
    "check_own_unit": "从部门核查起，整改单位不能检查自己的整改，请由其他单位办理。",
    "check_delegation": "您所受的授权已经结束或不含这一步，请刷新页面。",
    "check_giver": "授权人自己整改过或检查过这一件，不能再由您代办，请由其他人办理。",
    "check_evidence": "没有佐证材料，不能检查。",
    "check_once_a_round": "这一道检查刚刚已由别人办完，请刷新页面。",
    "check_order": "前一道检查还没有通过，请刷新页面。",
    "item_stage_open": "还有阶段没有完成；“长期坚持”的问题分阶段销号，不能一次销号。",
    "lookback_hand": "参与过本件整改、检查或交办的人不能做回头看，请换人。",
    "item_indicator_red": "在册情况仍未改好，先更新农户的在册情况，再销号。",
    "item_unvisited": "申请销号以后还没有到每一户走访，先走访再销号。",
    "item_screening_open": "举一反三的名单还没有查完，或者查出的问题还没有销号，本件不能销号。",
    "screened_by_rectifier": "举一反三要由整改责任人以外的人去查。",
    "item_red_frozen": "本件已移送纪委监委，普通流程停办；只有纪委监委能退回。",
    "item_red_line": "本件已移送纪委监委，普通流程停办；只有纪委监委能退回。",
    "red_decision": "只有纪委监委经办人能退回或办结，且只能登记一次。",
    "extension_once": "一件只延期一次：已经同意过的不再申请，没有同意的可以换理由再申请一次。",
    "extension_again": "没有同意的延期，写明新的理由，在期限以前可以再申请一次。",
    "extension_twice_at_most": "延期最多申请两次，这一件已经申请过两次。",
    "plan_change_open": "已经有一份阶段计划变更在等审批，批过以后再申请。",
    "plan_change_person": "只有责任人在整改中能申请变更还没有完成的阶段。",
    "planned_stage_late": "变更后的计划不能超过现在的期限，也不能超过原计划的最后一天。",
    "plan_decider": "整改的人不能批自己的计划，由上一级审批。",
    "milestone_replaced": "只有批准的变更能换下还没有完成的阶段。",
    "extension_late": "期限已过，不能再申请延期；延期要在期限以前申请。",
    "extension_long": "延长的工作日不能超过原来给的工作日。",
    "extension_person": "延期只能由责任人本人申请。",
    "extension_decider": "整改的人不能批自己的延期，由上一级审批。",
    "item_evidence": "至少要有 1 份佐证材料才能申请销号。",
}
