"""Every row of what people do to the tree, on real git: the next pass does what the row says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.loop import commands
from reconciler.loop.ports import Scope
from reconciler.model.stage import Stage
from reconciler.render.commits import parse_trailers
from tests.support.gitops import KIT, MINUTE, REX, GitOps

FILE = "environments/prod/migrations/rex.yaml"
ROUTING = "environments/prod/rendered/rex/virtualservice.yaml"
STATUS = "environments/prod/status/rex.yaml"


def pass_at_next_minute(gitops: GitOps) -> str:
    gitops.now += MINUTE
    return gitops.decision(gitops.reconcile())


def test_equal_as_we_left_it(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    head = gitops.head()
    gitops.pull()
    gitops.write("README.md", "nothing of ours\n")
    theirs = gitops.push("people: read me")
    assert pass_at_next_minute(gitops) == "Wait"
    assert gitops.head() == theirs != head


def test_one_step_up_is_an_approval_that_replaces_soak_and_proof(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.set_stage(REX, Stage.ROLLOUT_25)
    assert pass_at_next_minute(gitops) == "Advance"
    trailers = dict(parse_trailers(gitops.message()))
    assert trailers["Trigger"] == "person"
    assert trailers["Skipped"] == "soak, proof(errors), proof(latency)"
    assert gitops.stage(REX) is Stage.ROLLOUT_25


def test_one_step_up_does_not_replace_a_failed_check(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.tasks(REX, failing=30)
    gitops.set_stage(REX, Stage.ROLLOUT_25)
    assert gitops.decision(gitops.reconcile()) == "Rollback"
    assert gitops.stage(REX) is Stage.ROLLED_BACK


def test_one_step_up_does_not_replace_what_is_required(gitops: GitOps) -> None:
    gitops.pull()
    gitops.add(KIT)
    gitops.edit(FILE, "policy: default\n", "policy: default\nrequires: [prod/kit]\n")
    gitops.push("people: kit first")
    gitops.bring_to(REX, Stage.TESTING)
    gitops.set_stage(REX, Stage.CANARY)
    gitops.soak(REX)
    assert gitops.decision(gitops.reconcile()) == "Wait"
    assert gitops.stage(REX) is Stage.TESTING


def test_further_up_is_an_error_for_this_migration_alone(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.pull()
    gitops.add(KIT)
    gitops.set_stage(REX, Stage.COMPLETE)
    gitops.now += MINUTE
    outcome = gitops.reconcile()
    assert gitops.decision(outcome) == "Refuse"
    assert outcome.plan.degraded
    assert gitops.stage(REX) is Stage.CANARY
    assert gitops.stage(KIT) is Stage.PLANNING
    assert "Judged" not in dict(parse_trailers(gitops.message()))


def test_a_new_file_that_is_not_at_planning_is_an_error(gitops: GitOps) -> None:
    gitops.reconcile()
    gitops.pull()
    gitops.add(KIT, stage=Stage.CANARY)
    gitops.push("people: kit")
    outcome = gitops.reconcile()
    assert gitops.decision(outcome, KIT) == "Refuse"
    assert outcome.plan.degraded
    assert gitops.stage(KIT) is None


@pytest.mark.parametrize("lower", [Stage.ROLLOUT_25, Stage.CANARY, Stage.TESTING, Stage.ROLLED_BACK])
def test_lower_by_an_edit_is_routed_at_once_and_then_held(gitops: GitOps, lower: Stage) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_50)
    gitops.set_stage(REX, lower)
    assert pass_at_next_minute(gitops) == "Lower"
    assert gitops.stage(REX) is lower
    assert f"weight: {lower.target_weight}\n" in gitops.show(ROUTING)
    assert "kind: lowered" in gitops.notes(REX)
    gitops.soak(REX)
    assert gitops.reconcile().commits == ()
    assert gitops.stage(REX) is lower


def plain_revert(gitops: GitOps) -> None:
    gitops.git("revert", "--no-edit", "HEAD")


def push_revert(gitops: GitOps) -> None:
    gitops.pull()
    plain_revert(gitops)
    gitops.git("push", "-q", "origin", "main")


def squashed_revert(gitops: GitOps) -> None:
    gitops.git("revert", "--no-commit", "HEAD")
    gitops.git("commit", "-q", "-m", 'Revert "canary" (#12)\n\nReverts owner/repo#11')


def merged_revert(gitops: GitOps) -> None:
    gitops.git("checkout", "-q", "-b", "revert-11")
    gitops.git("revert", "--no-edit", "HEAD")
    gitops.git("checkout", "-q", "main")
    gitops.git("merge", "-q", "--no-ff", "-m", "Merge pull request #12 from revert-11", "revert-11")


def by_hand(gitops: GitOps) -> None:
    before = {path: gitops.show(path, "main~1") for path in gitops.three(REX)}
    for path, text in before.items():
        gitops.write(path, text)
    gitops.git("commit", "-q", "-a", "-m", "slow down a bit")


def after_another_edit(revert: Callable[[GitOps], None]) -> Callable[[GitOps], None]:
    def act(gitops: GitOps) -> None:
        back = {path: gitops.show(path, "main~1") for path in gitops.three(REX)}
        gitops.edit(FILE, "# rex goes", "# today rex goes")
        gitops.git("commit", "-q", "-a", "-m", "people: a comment")
        if revert is by_hand:
            for path, text in back.items():
                gitops.write(path, text.replace("# rex goes", "# today rex goes"))
            gitops.git("commit", "-q", "-a", "-m", "slow down a bit")
        else:
            gitops.git("revert", "--no-edit", "HEAD~1")

    return act


def rebased_and_reverted(gitops: GitOps) -> None:
    gitops.git("reset", "-q", "--hard", "HEAD~1")
    gitops.git("commit", "-q", "--allow-empty", "-m", "people: something else")
    gitops.git("cherry-pick", "--allow-empty", "origin/main")
    gitops.git("revert", "--no-edit", "HEAD")


FORMS = {
    "git revert": plain_revert,
    "button, squashed": squashed_revert,
    "button, merge commit": merged_revert,
    "by hand, free message": by_hand,
    "by hand after another edit": after_another_edit(by_hand),
    "git revert after another edit": after_another_edit(plain_revert),
    "rebased, then reverted": rebased_and_reverted,
}


@pytest.mark.parametrize("form", list(FORMS))
def test_a_revert_in_any_form_stands_and_is_held(gitops: GitOps, form: str) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    gitops.pull()
    FORMS[form](gitops)
    gitops.git("push", "-q", "--force", "origin", "main")
    reverted = gitops.three(REX)
    assert pass_at_next_minute(gitops) == "PutOnHold"
    assert gitops.three(REX) == reverted
    assert "kind: reverted" in gitops.notes(REX)
    assert "by: Ann" in gitops.notes(REX)
    gitops.soak(REX)
    assert gitops.reconcile().commits == ()
    assert gitops.stage(REX) is Stage.CANARY


def test_a_revert_of_the_revert_arms_again(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    push_revert(gitops)
    assert pass_at_next_minute(gitops) == "PutOnHold"
    gitops.pull()
    gitops.git("revert", "--no-edit", "HEAD~1")
    gitops.git("push", "-q", "origin", "main")
    assert pass_at_next_minute(gitops) == "Resume"
    notes = gitops.notes(REX)
    assert "hold: null" in notes
    assert f"evidenceFrom: {gitops.now:%Y-%m-%dT%H:%M:%SZ}" in notes
    assert gitops.stage(REX) is Stage.ROLLOUT_25
    gitops.soak(REX)
    gitops.reconcile()
    assert gitops.stage(REX) is Stage.ROLLOUT_50


def test_a_revert_and_its_revert_before_the_next_pass_leave_nothing_to_do(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    gitops.pull()
    plain_revert(gitops)
    gitops.git("revert", "--no-edit", "HEAD")
    gitops.git("push", "-q", "origin", "main")
    assert pass_at_next_minute(gitops) == "Wait"


def test_our_rollback_reverted_stands_with_a_new_attempt_and_is_held(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    gitops.tasks(REX, failing=30)
    assert gitops.decision(gitops.reconcile()) == "Rollback"
    gitops.pull()
    [undo] = [line for line in gitops.message().splitlines() if line.startswith("Undo this:")]
    gitops.shell(undo.removeprefix("Undo this:"))
    gitops.git("push", "-q", "origin", "main")
    assert pass_at_next_minute(gitops) == "Rearm"
    assert gitops.stage(REX) is Stage.ROLLOUT_25
    assert gitops.status(REX)["attempt"] == "2"
    assert f"evidenceFrom: {gitops.now:%Y-%m-%dT%H:%M:%SZ}" in gitops.notes(REX)
    assert "target-2" in gitops.show(ROUTING)
    gitops.soak(REX)
    assert gitops.reconcile().commits == (), "held until a person resumes, and the old failure no longer counts"
    gitops.order(commands.resume, REX)
    gitops.soak(REX)
    gitops.reconcile()
    assert gitops.stage(REX) is Stage.ROLLOUT_50


@pytest.mark.parametrize("to", [Stage.PLANNING, Stage.TESTING])
def test_rolled_back_to_planning_or_testing_arms_again(gitops: GitOps, to: Stage) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.order(commands.rollback, REX)
    gitops.set_stage(REX, to)
    assert pass_at_next_minute(gitops) == "Rearm"
    assert (gitops.stage(REX), gitops.status(REX)["attempt"]) == (to, "2")
    gitops.bring_to(REX, Stage.CANARY)
    assert "target-2" in gitops.show(ROUTING)


def test_a_partial_revert_is_held_and_not_restored_upwards(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    gitops.pull()
    gitops.write(ROUTING, gitops.show(ROUTING, "main~1"))
    gitops.push("people: only the routes back")
    lower = gitops.show(ROUTING)
    assert pass_at_next_minute(gitops) == "PutOnHold"
    assert "kind: drift" in gitops.notes(REX)
    gitops.soak(REX)
    assert gitops.reconcile().commits == ()
    assert gitops.show(ROUTING) == lower
    gitops.order(commands.resume, REX)
    gitops.reconcile()
    assert "weight: 25\n" in gitops.show(ROUTING)


def test_a_status_that_went_back_without_its_stage_is_a_partial_revert(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    gitops.pull()
    gitops.write(STATUS, gitops.show(STATUS, "main~1"))
    gitops.write(ROUTING, gitops.show(ROUTING, "main~1"))
    gitops.push("people: all but the stage")
    assert pass_at_next_minute(gitops) == "PutOnHold"
    assert "kind: drift" in gitops.notes(REX)
    assert gitops.stage(REX) is Stage.CANARY


def test_drift_upwards_is_reported_and_restored(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    ours = gitops.show(ROUTING)
    gitops.pull()
    gitops.write(ROUTING, ours.replace("weight: 10\n", "weight: XX\n").replace("90\n", "10\n").replace("XX\n", "90\n"))
    gitops.push("people: more, faster")
    assert "weight: 90\n" in gitops.show(ROUTING)
    gitops.now += MINUTE
    outcome = gitops.reconcile()
    assert gitops.show(ROUTING) == ours
    assert "changed by hand" in gitops.message()
    assert len(outcome.commits) == 1


def test_a_reverted_rerender_stays_until_a_person_changes_an_input(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.pull()
    memory = "environments/prod/agents/rex/CLAUDE.md"
    target = "environments/prod/rendered/rex/configmap-target.yaml"
    before = gitops.show(target)
    gitops.edit(memory, "Run the tests", "Run all the tests")
    gitops.push("people: all of them")
    gitops.now += MINUTE
    gitops.reconcile()
    assert "all the tests" in gitops.show(target)
    assert f"evidenceFrom: {gitops.now:%Y-%m-%dT%H:%M:%SZ}" in gitops.notes(REX), "old evidence no longer counts"
    push_revert(gitops)
    assert pass_at_next_minute(gitops) == "PutOnHold"
    assert "kind: rerender-reverted" in gitops.notes(REX)
    gitops.soak(REX)
    assert gitops.reconcile().commits == ()
    assert gitops.show(target) == before
    gitops.pull()
    gitops.edit(memory, "all the tests", "nearly all tests")
    gitops.push("people: nearly")
    gitops.reconcile()
    assert "nearly all tests" in gitops.show(target)


def test_reverting_our_hold_commit_lifts_the_hold(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    push_revert(gitops)
    assert pass_at_next_minute(gitops) == "PutOnHold"
    push_revert(gitops)
    assert pass_at_next_minute(gitops) == "Resume"
    gitops.soak(REX)
    gitops.reconcile()
    assert gitops.stage(REX) is Stage.ROLLOUT_25, "one healthy soak after the resume, one step"


def test_a_deleted_file_is_obeyed_where_nothing_is_routed(gitops: GitOps) -> None:
    gitops.reconcile()
    gitops.pull()
    (gitops.person / FILE).unlink()
    gitops.push("people: no more rex")
    gitops.now += MINUTE
    gitops.reconcile()
    gitops.pull()
    assert not (gitops.person / "environments/prod/rendered/rex").exists()
    assert not (gitops.person / STATUS).exists()
    gitops.now += MINUTE
    assert gitops.reconcile().commits == ()


@pytest.mark.parametrize("stage", [Stage.ROLLED_BACK, Stage.COMPLETE])
def test_a_deleted_file_is_obeyed_when_rolled_back_or_when_the_source_is_no_longer_kept(
    gitops: GitOps, stage: Stage
) -> None:
    gitops.bring_to(REX, Stage.COMPLETE)
    if stage is Stage.ROLLED_BACK:
        gitops.order(commands.rollback, REX)
    gitops.pull()
    (gitops.person / FILE).unlink()
    gitops.push("people: no more rex")
    gitops.now += MINUTE
    if stage is Stage.COMPLETE:
        assert gitops.decision(gitops.reconcile()) == "Refuse", "the source is still kept"
        gitops.now += 8 * 24 * 60 * MINUTE
    assert gitops.decision(gitops.reconcile()) == "Retire"
    assert gitops.stage(REX) is None


def test_a_deleted_file_of_a_live_migration_leaves_its_outputs(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    routing = gitops.show(ROUTING)
    gitops.pull()
    (gitops.person / FILE).unlink()
    gitops.push("people: no more rex")
    gitops.now += MINUTE
    outcome = gitops.reconcile()
    assert gitops.decision(outcome) == "Refuse"
    assert outcome.plan.degraded
    assert gitops.show(ROUTING) == routing


def test_a_filtered_pass_and_another_environments_pass_do_not_hide_a_revert(gitops: GitOps) -> None:
    from reconciler.model.migration import MigrationId  # noqa: PLC0415

    staging = MigrationId("staging", "rex")
    gitops.pull()
    gitops.add(KIT)
    gitops.add(staging)
    gitops.push("people: more agents")
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    gitops.pull()
    plain_revert_of_rex = gitops.git("log", "-1", "--format=%H", "--", FILE)
    gitops.git("revert", "--no-edit", plain_revert_of_rex)
    gitops.git("push", "-q", "origin", "main")
    gitops.soak(KIT, staging)
    gitops.reconcile(Scope("staging"))
    gitops.reconcile(Scope("prod", "kit"))
    gitops.now += MINUTE
    gitops.reconcile()
    assert gitops.stage(REX) is Stage.CANARY
    assert "kind: reverted" in gitops.notes(REX)


@pytest.mark.parametrize("between", ["our hold", "a re-render"])
def test_the_printed_lines_hold_when_something_lies_between(gitops: GitOps, between: str) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    at_canary = gitops.three(REX)
    gitops.pull()
    at_zero = gitops.three(REX, gitops.git("log", "--format=%H", "--grep=enter planning", "-1"))
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    printed = gitops.message()
    gitops.pull()
    gitops.edit("environments/prod/agents/rex/CLAUDE.md", "Run the tests", "Run all the tests")
    gitops.push("people: all of them")
    assert pass_at_next_minute(gitops) == "Wait"
    assert "re-render rex" in gitops.message()
    if between == "our hold":
        push_revert(gitops)
        assert pass_at_next_minute(gitops) == "PutOnHold"
    gitops.pull()
    lines = dict(line.split(":", 1) for line in printed.splitlines() if line.startswith(("One step", "Back to")))
    gitops.shell(lines["One step back"])
    gitops.git("push", "-q", "origin", "main")
    assert gitops.three(REX) == at_canary
    gitops.shell(lines["Back to 0 %"])
    gitops.git("push", "-q", "origin", "main")
    assert gitops.three(REX) == at_zero


@pytest.mark.parametrize("steps", [1, 2])
def test_a_persons_merge_of_main_into_an_own_branch_is_no_act(gitops: GitOps, steps: int) -> None:
    gitops.bring_to(REX, Stage.TESTING)
    gitops.pull()
    gitops.write("README.md", "Written on an older main.\n")
    gitops.git("add", "-A")
    gitops.git("commit", "-q", "-m", "people: words")
    for _ in range(steps):
        gitops.soak(REX)
        gitops.reconcile()
    merge_main_and_push(gitops)
    assert pass_at_next_minute(gitops) == "Wait"
    assert "hold: null" in gitops.notes(REX)


def test_a_revert_on_a_branch_into_which_main_was_merged_stands(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.pull()
    gitops.write("README.md", "Written on an older main.\n")
    gitops.git("add", "-A")
    gitops.git("commit", "-q", "-m", "people: words")
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    step = gitops.head()
    merge_main_and_push(gitops)
    gitops.git("revert", "--no-edit", step)
    gitops.git("push", "-q", "origin", "main")
    assert pass_at_next_minute(gitops) == "PutOnHold"
    gitops.soak(REX)
    assert gitops.reconcile().commits == ()
    assert gitops.stage(REX) is Stage.CANARY


def merge_main_and_push(gitops: GitOps) -> None:
    gitops.git("fetch", "-q", "origin")
    gitops.git("merge", "-q", "--no-edit", "origin/main")
    gitops.git("push", "-q", "origin", "main")


def test_notes_that_a_person_deletes_do_not_lift_a_hold(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.ROLLOUT_25)
    push_revert(gitops)
    assert pass_at_next_minute(gitops) == "PutOnHold"
    gitops.pull()
    gitops.git("rm", "-q", "environments/prod/status/rex.notes.yaml")
    gitops.push("people: tidy up")
    assert pass_at_next_minute(gitops) == "PutOnHold"
    assert "kind: drift" in gitops.notes(REX)
    gitops.soak(REX)
    gitops.reconcile()
    assert gitops.stage(REX) is Stage.CANARY
    assert "agents/rex/CLAUDE.md" in gitops.notes(REX)


def test_a_status_that_a_person_edits_is_held_and_reported(gitops: GitOps) -> None:
    gitops.bring_to(REX, Stage.CANARY)
    gitops.pull()
    gitops.edit(STATUS, "  tasks: ", "  tasks: 9")
    gitops.push("people: a better baseline")
    assert pass_at_next_minute(gitops) == "PutOnHold"
    assert "kind: drift" in gitops.notes(REX)
