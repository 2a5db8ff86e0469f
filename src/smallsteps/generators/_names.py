"""First names for questions in the published wordings."""

from __future__ import annotations

NAMES: tuple[str, ...] = tuple(
    """
    Adam Adela Aisha Alan Albert Alejandra Alex Alfonso Ali Alicia Amanda Amber Amelia Andre Andrea Angela Anita Anna
    Antonio April Ariana Arthur Arturo Ashley Audrey Austin Beatriz Benito Bianca Blake Brady Brandon Brenda Brian
    Bruce Bryce Caleb Camila Carla Carlos Carmen Carol Cecilia Chad Charles Chelsea Chris Claudia Colin Connor Courtney
    Craig Cristina Curtis Cynthia Daisy Damian Daniel Darryl David Dawn Deborah Dennis Derek Diana Diego Dominick Donald
    Doris Dylan Edgar Edith Eduardo Edwin Elaine Eleanor Elena Eli Elise Elizabeth Ellen Emily Enrique Eric Erika
    Ernesto Esther Ethan Eva Evelyn Fatima Felipe Fernando Frances Frank Gabriel Garrett George Gilbert Gina Gino Gloria
    Grace Gregory Guadalupe Hannah Harold Harry Heather Hector Helen Henry Holly Hugo Ian Irene Isaac Isabel Ivan Jack
    Jacob Jade James Janet Jasmine Jason Javier Jay Jeff Jenny Jeremy Jesse Jill Joan Joel John Jordan Jorge Jose Joseph
    Juan Judith Julia Justin Karen Karl Kate Keith Kelly Kenneth Kevin Kim Kyle Lance Larry Laura Lauren Layla Leah Lee
    Leonard Lesly Lilian Linda Lisa Logan Lori Louis Lucas Lucy Luis Luz Lydia Mack Malik Manuel Marc Marco Margaret
    Maria Mark Martha Martin Mary Matt Maura Megan Melissa Mia Miguel Mike Mireya Mitchell Molly Monica Myles Nancy
    Natalie Nathan Neil Nick Nicole Nina Noah Noemi Norma Olga Olivia Omar Oscar Pablo Pamela Patrick Paul Peter Philip
    Quentin Rachel Rafael Ralph Ramon Raul Rebecca Renee Ricardo Robert Roberto Roderick Rosa Ross Roy Ruben Ruth Ryan
    Samantha Samuel Sandra Sarah Saul Scott Sean Selvin Sergio Seth Sharon Silvia Simon Sofia Spencer Stan Stella
    Steven Susan Tabitha Tanya Teresa Thomas Tiffany Timothy Todd Tony Tracy Travis Trey Tyler Valerie Vanessa Veronica
    Victor Vincent Virginia Walter Wanda Wendy Whitney William Xavier Yolanda Zachary Zane
    """.split()  # noqa: SIM905 (hundreds of quotes would hide the names)
)
