"""What happened in the demo's database: a class, a student who is renamed three times, and a lost table."""

from dataclasses import dataclass

DATABASE = "student_tracker"
RESTORE_POINT = "before_cleanup"
STUDENT = 7
"""The id of the student who is renamed."""

SCHEMA = """
create table houses (
    id integer generated always as identity primary key,
    name text not null unique
);
create table students (
    id integer generated always as identity primary key,
    name text not null,
    surname text not null,
    house_id integer not null references houses,
    enrolled date not null
);
create table courses (
    id integer generated always as identity primary key,
    title text not null unique,
    credits integer not null check (credits > 0)
);
create table enrolments (
    student_id integer not null references students,
    course_id integer not null references courses,
    primary key (student_id, course_id)
);
create table grades (
    student_id integer not null,
    course_id integer not null,
    grade numeric(2, 1) not null check (grade between 1 and 6),
    given date not null,
    primary key (student_id, course_id),
    foreign key (student_id, course_id) references enrolments
);
create index students_surname on students (surname);
create view report_card as
    select s.name, s.surname, h.name as house, c.title, g.grade
    from students s
    join houses h on h.id = s.house_id
    left join enrolments e on e.student_id = s.id
    left join courses c on c.id = e.course_id
    left join (select * from grades) g on g.student_id = s.id and g.course_id = c.id;
"""

CONTENT = """
insert into houses (name) values ('Oak'), ('Birch'), ('Maple'), ('Elm');
insert into students (name, surname, house_id, enrolled) values
    ('Ada', 'Lind', 1, '2024-09-02'), ('Bruno', 'Costa', 2, '2024-09-02'),
    ('Chiara', 'Rossi', 3, '2024-09-02'), ('Dmitri', 'Orlov', 4, '2024-09-03'),
    ('Emma', 'Novak', 1, '2024-09-03'), ('Farid', 'Haddad', 2, '2024-09-03'),
    ('Tony', 'Iron', 3, '2024-09-04'), ('Grace', 'O''Neill', 4, '2024-09-04'),
    ('Hana', 'Sato', 1, '2025-02-10'), ('Igor', 'Petrov', 2, '2025-02-10'),
    ('Júlia', 'Kovács', 3, '2025-02-11'), ('Kofi', 'Mensah', 4, '2025-02-11');
insert into courses (title, credits) values
    ('Databases', 6), ('Operating systems', 6), ('Statistics', 4), ('Writing', 2);
insert into enrolments select s.id, c.id from students s, courses c where (s.id + c.id) % 3 <> 0;
insert into grades
    select
        student_id,
        course_id,
        1 + (student_id * 7 + course_id * 3) % 11 * 0.5,
        date '2025-06-20' + course_id
    from enrolments;
"""


@dataclass(frozen=True)
class Event:
    """One thing that happens: a transaction, or a named restore point."""

    words: str
    """What it is, for people."""
    sql: str
    """The statement; one transaction."""
    is_transaction: bool = True
    """Whether it commits, so that it can be told by the time of its commit."""


def _rename(old: str, new: str) -> Event:
    sql = f"update students set surname = '{new}' where id = {STUDENT} and surname = '{old}'"
    return Event(f"{old} renamed to {new}", sql)


EVENTS = (
    _rename("Iron", "Iron2"),
    _rename("Iron2", "Iron3"),
    _rename("Iron3", "Iron4"),
    Event(
        f"restore point {RESTORE_POINT}",
        f"select pg_create_restore_point('{RESTORE_POINT}')",
        is_transaction=False,
    ),
    Event("table grades dropped", "drop view report_card; drop table grades"),
)
"""In order, a moment apart."""
