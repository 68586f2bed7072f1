"""One stage a human, held by the database: a trigger for the steps of anything that several people decide in turn.

The table of steps has a foreign key to what is decided, a ``stage`` and a ``human_key`` (core.users.queries.human_key).
"""

from collections.abc import Sequence

import pgtrigger


def one_stage_a_human(
    *, decided: str, steps: str, key: str, what: str, constraint: str, condition: str, free: Sequence[str] = (),
    also: str = "",
) -> pgtrigger.Trigger:
    """The trigger on a table of steps that refuses a second stage to the same human, in whatever role or account.

    ``decided``, ``steps``: the tables; ``key``: the column of ``steps`` that names what is decided; ``what``: it in
    words, for the message; ``constraint``: the name an IntegrityError carries; ``condition``: which new steps are held
    to it; ``free``: stages that anybody may take besides; ``also``: further checks, as statements.
    """
    others = ", ".join(f"'{stage}'" for stage in free)
    besides = f" AND s.stage NOT IN ({others})" if others else ""
    return pgtrigger.Trigger(
        name="one_stage_a_human",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition(condition),
        # The lock makes two stages written at one moment see each other.
        func=f"""
            PERFORM FROM {decided} WHERE id = NEW.{key} FOR UPDATE;
            IF EXISTS (
                SELECT FROM {steps} s WHERE s.{key} = NEW.{key}
                    AND s.human_key = NEW.human_key AND s.stage <> NEW.stage{besides}
            ) THEN
                RAISE integrity_constraint_violation USING
                    MESSAGE = 'one human acts in one stage of {what}', CONSTRAINT = '{constraint}';
            END IF;
            {also}
            RETURN NEW;
        """,
    )
